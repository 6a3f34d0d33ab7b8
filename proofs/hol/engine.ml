(* SPDX-License-Identifier: ISC *)
(* All that is proved of the Arm64 engine's bytes, each theorem with its name.  The
   words of the programs are compiled before this (engine_words.py). *)

needs "arm_pieces.ml";;
needs "arm_alone.ml";;

let PIECE_THEOREMS = List.concat (map (map (fun p -> p.effect)) PIECES);;

let ENGINE_THEOREMS =
 ["REACHES_FRAME",REACHES_FRAME; "REACHES_MONO",REACHES_MONO;
  "REACHES_EMBED",REACHES_EMBED; "GROUP_LOOP",GROUP_LOOP;
  "ARM_ENCRYPT",ARM_ENCRYPT; "ARM_DECRYPT",ARM_DECRYPT;
  "ENCRYPT_DECODED",ENCRYPT_DECODED; "DECRYPT_DECODED",DECRYPT_DECODED;
  "EXPAND_DECODED",EXPAND_DECODED;
  "PROTECTED_ENCRYPT_DECODED",PROTECTED_ENCRYPT_DECODED;
  "PROTECTED_DECRYPT_DECODED",PROTECTED_DECRYPT_DECODED;
  "PROTECTED_EXPAND_DECODED",PROTECTED_EXPAND_DECODED;
  "PLAIN_ENCRYPT_LIFTED",PLAIN_ENCRYPT_LIFTED;
  "PLAIN_DECRYPT_LIFTED",PLAIN_DECRYPT_LIFTED;
  "PLAIN_EXPAND_LIFTED",PLAIN_EXPAND_LIFTED;
  "PROTECTED_ENCRYPT_LIFTED",PROTECTED_ENCRYPT_LIFTED;
  "PROTECTED_DECRYPT_LIFTED",PROTECTED_DECRYPT_LIFTED;
  "PROTECTED_EXPAND_LIFTED",PROTECTED_EXPAND_LIFTED;
  "ENCRYPT_TOGETHER",ENCRYPT_TOGETHER; "DECRYPT_TOGETHER",DECRYPT_TOGETHER;
  "EXPAND_TOGETHER",EXPAND_TOGETHER;
  "ENCRYPT_UNIT_GROUPS",ENCRYPT_UNIT_GROUPS;
  "DECRYPT_UNIT_GROUPS",DECRYPT_UNIT_GROUPS;
  "ENCRYPT_SINGLE_GROUPS",ENCRYPT_SINGLE_GROUPS;
  "DECRYPT_SINGLE_GROUPS",DECRYPT_SINGLE_GROUPS;
  "ENCRYPT_UNIT_END",ENCRYPT_UNIT_END; "DECRYPT_UNIT_END",DECRYPT_UNIT_END;
  "ENCRYPT_UNIT",ENCRYPT_UNIT; "DECRYPT_UNIT",DECRYPT_UNIT;
  "ENCRYPT_UNITS",ENCRYPT_UNITS; "DECRYPT_UNITS",DECRYPT_UNITS;
  "ENCRYPT_SINGLE_BLOCKS",ENCRYPT_SINGLE_BLOCKS;
  "DECRYPT_SINGLE_BLOCKS",DECRYPT_SINGLE_BLOCKS;
  "ENCRYPT_STEAL",ENCRYPT_STEAL; "DECRYPT_STEAL",DECRYPT_STEAL;
  "PLAIN_EXPAND",PLAIN_EXPAND; "PROTECTED_EXPAND",PROTECTED_EXPAND;
  "PLAIN_ENCRYPT",PLAIN_ENCRYPT; "PLAIN_DECRYPT",PLAIN_DECRYPT;
  "PROTECTED_ENCRYPT",PROTECTED_ENCRYPT;
  "PROTECTED_DECRYPT",PROTECTED_DECRYPT;
  "PLAIN_ENCRYPT_UNIT",PLAIN_ENCRYPT_UNIT;
  "PLAIN_DECRYPT_UNIT",PLAIN_DECRYPT_UNIT;
  "PROTECTED_ENCRYPT_UNIT",PROTECTED_ENCRYPT_UNIT;
  "PROTECTED_DECRYPT_UNIT",PROTECTED_DECRYPT_UNIT];;

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
