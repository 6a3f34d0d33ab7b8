(* SPDX-License-Identifier: ISC *)
(* The model as a CPU to ask, in the place of qemu's: it takes the cases that
   ../arm64_cpu.c takes, and answers in the same way.

     answer_cases FROM TO    runs each case in file FROM until it is stuck, and
                             writes to file TO how it ended: signal 5 (TRAP)
                             where the program counter has left the code,
                             4 (ILL) where the model refuses to go on

   A case may read and write its data, and nothing else. *)

needs "arm_step.ml";;
needs "evaluate.ml";;
needs "aes.ml";;

constructors := !constructors @
  ["St",6; "NZCV",4; "Load",2; "Store",2];;

(* AES; of the S-boxes, which are defined by inverses that exist, the tables that
   gf2.ml proves *)
let table_of literal = end_itlist CONJ (map literal (0--255));;
let AES_DEFINITIONS =
 [table_of SBOX_LITERAL; table_of INV_SBOX_LITERAL; byte; num_of_bytes;
  block_of_bytes; elem; state; xtime; xtimes; gmul_low; gmul; sub_bytes;
  shift_rows; mix_columns; inv_sub_bytes; inv_shift_rows; inv_mix_columns];;

List.iter evaluate_by
 ([EL; HD; TL; LENGTH; ALL; MAP; put; flag_z; flag_c; read_bytes; write_bytes;
   read8; read64; read128; write8; write64; write128; address; unknown; bits;
   add_with_carry; bit_mask; extract; sp_aligned; scaled; unscaled; clashes;
   lane; lanes; each_lane; sli; decode; bind; fetch; within; permitted; step] @
  ACCESSORS @ filter ((!=) LET_DEF) (filter ((!=) LET_END_DEF) HELPERS) @
  FORM_DEFINITIONS @ AES_DEFINITIONS);;

let step_function = evaluate `step`;;

let to_list l = itlist (fun v rest -> Data("CONS",[v;rest])) l (Data("NIL",[]));;

let rec of_list = function
    Data("CONS",[v;rest]) -> v::of_list rest
  | _ -> [];;

(* ------------------------------------------------------------------------- *)
(* Numbers as the protocol has them: little-endian.                          *)
(* ------------------------------------------------------------------------- *)

let get k text at =
  itlist (fun i n -> num (Char.code (String.get text (at + i))) +/ num 256 */ n)
    (if k = 0 then [] else 0--(k - 1)) (num 0);;

let put_number k buffer n =
  ignore (List.fold_left (fun n _ ->
    Buffer.add_char buffer (Char.chr (Num.int_of_num (mod_num n (num 256))));
    quo_num n (num 256)) n (1--k));;

let small k text at = Num.int_of_num (get k text at);;

(* ------------------------------------------------------------------------- *)
(* One case.                                                                 *)
(* ------------------------------------------------------------------------- *)

let data_start = 0x500000000;;

let get_flags n =
  Data("NZCV",map (fun i -> Truth ((n lsr i) land 1 = 1)) [31; 30; 29; 28]);;

let flags_number = function
    Data("NZCV",l) ->
      itlist2 (fun i v n -> if truth v then n lor (1 lsl i) else n)
        [31; 30; 29; 28] l 0
  | _ -> fail();;

(* The case at a place of the text: state, code and data, and where it ends. *)
let read_case text at =
  let codelen = small 4 text at and datalen = small 4 text (at + 4) in
  let x i = Number (get 8 text (at + 16 + 8 * i)) in
  let v i = Number (get 16 text (at + 288 + 16 * i)) in
  let code_at = at + 800 in
  let data_at = code_at + codelen in
  let memory = Function (fun a ->
    let i = number a -/ num data_start in
    Number (if i >=/ num 0 && i </ num datalen
            then get 1 text (data_at + Num.int_of_num i) else num 0)) in
  let code = map (fun i -> Number (get 4 text (code_at + 4 * i)))
                 (0--(codelen / 4 - 1)) in
  Data("St",[x 32; to_list (map x (0--31)); to_list (map v (0--31));
             get_flags (small 8 text (at + 280)); memory; to_list []]),
  code,datalen,data_at + datalen;;

let run_case (state,code,datalen,_) =
  let base = match state with Data("St",pc::_) -> number pc | _ -> fail() in
  let mine = Function (fun a ->
    let i = number a -/ num data_start in
    Truth (i >=/ num 0 && i </ num datalen)) in
  let step_of = List.fold_left apply step_function
    [Number base; to_list code; mine; mine] in
  let rec go state =
    match apply step_of state with
      Data("SOME",[Data("St",[pc;xs;vs;f;m;_])]) ->
        (* memory as a table, or each byte asks all stores before it *)
        let bytes = Array.init datalen (fun i ->
          apply m (Number (num data_start +/ num i))) in
        let m = Function (fun a ->
          bytes.(Num.int_of_num (number a -/ num data_start))) in
        go (Data("St",[pc;xs;vs;f;m;to_list []]))
    | _ -> state in
  let stopped = go state in
  let pc = match stopped with Data("St",pc::_) -> number pc | _ -> fail() in
  let inside = pc >=/ base && pc </ base +/ num (4 * List.length code) in
  (if inside then 4 else 5),stopped;;

let write_answer buffer datalen (signal,state) =
  match state with
    Data("St",[pc;xs;vs;f;m;_]) ->
      put_number 8 buffer (num signal); put_number 8 buffer (num 0);
      List.iter (fun v -> put_number 8 buffer (number v)) (of_list xs);
      put_number 8 buffer (number pc);
      put_number 8 buffer (num (flags_number f));
      List.iter (fun v -> put_number 16 buffer (number v)) (of_list vs);
      List.iter (fun i -> put_number 1 buffer
        (number (apply m (Number (num data_start +/ num i)))))
        (if datalen = 0 then [] else 0--(datalen - 1))
  | _ -> fail();;

let answer_cases from into =
  let channel = open_in_bin from in
  let text = really_input_string channel (in_channel_length channel) in
  close_in channel;
  let buffer = Buffer.create 1000000 in
  let rec go at =
    if at < String.length text then
      let (_,_,datalen,after) as case = read_case text at in
      write_answer buffer datalen (run_case case);
      go after in
  go 0;
  let channel = open_out_bin into in
  Buffer.output_buffer channel buffer;
  close_out channel;;
