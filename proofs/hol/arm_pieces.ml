(* SPDX-License-Identifier: ISC *)
(* Every straight-line piece of the engine, by the executor: from one place that
   a branch leads to, or that follows a branch, up to the next.

   Nothing is known before a piece: registers are 64 variables.  Its theorem is
     permissions |- reaches base code rd wr (St pc [x0; ..] [v0; ..] f m ev) (St ..)
   where permissions are the accesses that it makes and that SP is aligned.  No
   word is left out: that is counted. *)

needs "arm_engine.ml";;

type piece = { first : int; last : int; effect : thm };;

let target k tm =
  let signed bits i = if i >= 1 lsl (bits - 1) then i - 1 lsl bits else i in
  let form,fields = strip_comb tm in
  let offset () = Num.int_of_num (dest_numeral (last fields)) in
  match fst (dest_const form) with
    "branch" -> Some (k + signed 26 (offset ()))
  | "b_eq" | "b_ne" | "b_lo" | "cbz" | "cbnz" -> Some (k + signed 19 (offset ()))
  | _ -> None;;

let ends_piece tm =
  let form = fst (dest_const (repeat rator tm)) in
  form = "ret" || target 0 tm <> None;;

(* Where pieces begin. *)
let piece_heads code =
  let forms = map (fun th -> rand (concl th)) (Array.to_list code.decoded) in
  let each = List.concat (List.mapi (fun k tm ->
    (match target k tm with Some j -> [j] | None -> []) @
    (if ends_piece tm then [k + 1] else [])) forms) in
  filter (fun k -> k < length forms) (uniq (sort (<) (0::each)));;

let free_context code =
  { code = code; permission = ASSUME; aparts = []; aligned = ASSUME;
    decided = []; simplify = RULES_CONV };;

let run_piece code first last =
  let start = mk_state(pc_at first,xlist,vlist,f_var,m_var,ev_var) in
  let running =
    { reach = SPECL [base_var; code.constant; rd_var; wr_var; start] REACHES_REFL;
      facts = [] } in
  let context = free_context code in
  { first = first; last = last;
    effect = (funpow (last - first + 1) (STEP context) running).reach };;

let run_pieces code =
  let heads = piece_heads code in
  let ends = map (fun k -> k - 1) (tl heads @ [Array.length code.decoded]) in
  let pieces = map2 (run_piece code) heads ends in
  let words = itlist (fun p n -> n + p.last - p.first + 1) pieces 0 in
  if words <> Array.length code.decoded then
    failwith "run_pieces: a word is in no piece";
  pieces;;

let PIECES = map run_pieces [encrypt_body; decrypt_body; expand_body];;
