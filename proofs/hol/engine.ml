(* SPDX-License-Identifier: ISC *)
(* All that is proved of the Arm64 engine's bytes, each theorem with its name.  The
   words of the programs are compiled before this (engine_words.py). *)

needs "arm_pieces.ml";;
needs "arm_bytes.ml";;

let PIECE_THEOREMS = List.concat (map (map (fun p -> p.effect))
  (PLAIN_PIECES @ PROTECTED_PIECES));;

let ENGINE_THEOREMS =
 ["REACHES_FRAME",REACHES_FRAME; "REACHES_MONO",REACHES_MONO;
  "GROUP_LOOP",GROUP_LOOP;
  "ARM_ENCRYPT",ARM_ENCRYPT; "ARM_DECRYPT",ARM_DECRYPT;
  "ENCRYPT_DECODED",ENCRYPT_DECODED; "DECRYPT_DECODED",DECRYPT_DECODED;
  "EXPAND_DECODED",EXPAND_DECODED;
  "PROTECTED_ENCRYPT_DECODED",PROTECTED_ENCRYPT_DECODED;
  "PROTECTED_DECRYPT_DECODED",PROTECTED_DECRYPT_DECODED;
  "PROTECTED_EXPAND_DECODED",PROTECTED_EXPAND_DECODED;
  "PLAIN_ENCRYPT_UNIT_GROUPS",PLAIN_ENCRYPT_UNIT_GROUPS;
  "PLAIN_DECRYPT_UNIT_GROUPS",PLAIN_DECRYPT_UNIT_GROUPS;
  "PROTECTED_ENCRYPT_UNIT_GROUPS",PROTECTED_ENCRYPT_UNIT_GROUPS;
  "PROTECTED_DECRYPT_UNIT_GROUPS",PROTECTED_DECRYPT_UNIT_GROUPS;
  "PLAIN_ENCRYPT_SINGLE_GROUPS",PLAIN_ENCRYPT_SINGLE_GROUPS;
  "PLAIN_DECRYPT_SINGLE_GROUPS",PLAIN_DECRYPT_SINGLE_GROUPS;
  "PROTECTED_ENCRYPT_SINGLE_GROUPS",PROTECTED_ENCRYPT_SINGLE_GROUPS;
  "PROTECTED_DECRYPT_SINGLE_GROUPS",PROTECTED_DECRYPT_SINGLE_GROUPS;
  "PLAIN_ENCRYPT_UNIT_END",PLAIN_ENCRYPT_UNIT_END;
  "PLAIN_DECRYPT_UNIT_END",PLAIN_DECRYPT_UNIT_END;
  "PROTECTED_ENCRYPT_UNIT_END",PROTECTED_ENCRYPT_UNIT_END;
  "PROTECTED_DECRYPT_UNIT_END",PROTECTED_DECRYPT_UNIT_END;
  "PLAIN_ENCRYPT_UNIT",PLAIN_ENCRYPT_UNIT;
  "PLAIN_DECRYPT_UNIT",PLAIN_DECRYPT_UNIT;
  "PROTECTED_ENCRYPT_UNIT",PROTECTED_ENCRYPT_UNIT;
  "PROTECTED_DECRYPT_UNIT",PROTECTED_DECRYPT_UNIT;
  "PLAIN_ENCRYPT_UNITS",PLAIN_ENCRYPT_UNITS;
  "PLAIN_DECRYPT_UNITS",PLAIN_DECRYPT_UNITS;
  "PROTECTED_ENCRYPT_UNITS",PROTECTED_ENCRYPT_UNITS;
  "PROTECTED_DECRYPT_UNITS",PROTECTED_DECRYPT_UNITS;
  "PLAIN_EXPAND",PLAIN_EXPAND; "PROTECTED_EXPAND",PROTECTED_EXPAND;
  "PLAIN_ENCRYPT",PLAIN_ENCRYPT; "PLAIN_DECRYPT",PLAIN_DECRYPT;
  "PROTECTED_ENCRYPT",PROTECTED_ENCRYPT;
  "PROTECTED_DECRYPT",PROTECTED_DECRYPT];;

(* Prints each theorem that has no hypotheses; a listing of code by its length. *)
let print_theorem (name,th) =
  refuse (name ^ " has hypotheses") (map string_of_term (hyp th));
  match concl th with
    Comb(Comb(Const("=",_),Comb(Comb(Const("MAP",_),_),code)),forms) ->
      Printf.printf "%s: %d words of %s decode\n" name
        (length (dest_list forms)) (string_of_term code)
  | _ -> Printf.printf "%s: %s\n" name (string_of_thm th);;

(* The hypotheses of a piece are the accesses that it makes. *)
let check_piece th =
  let is_access tm =
    match fst (strip_comb tm) with
      Const("within",_) -> true
    | _ -> tm = `word_and x31 (word 15) : int64 = word 0` in
  refuse "a piece has other hypotheses than accesses"
    (map string_of_term (filter (not o is_access) (hyp th)));;

let report () =
  check_logic ();
  List.iter print_theorem ENGINE_THEOREMS;
  List.iter check_piece PIECE_THEOREMS;
  Printf.printf "%d straight-line pieces\n%!" (length PIECE_THEOREMS);;
