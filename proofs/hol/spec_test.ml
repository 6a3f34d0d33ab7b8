(* SPDX-License-Identifier: ISC *)
(* The specification on published and other known values, inside the logic: each
   theorem says that the specification gives what is known to be right. *)

needs "evaluate_xts.ml";;

let bytes_of_hex s =
  byte_list (map (fun i ->
    byte_literal (int_of_string ("0x" ^ String.sub s (2 * i) 2)))
    (0--(String.length s / 2 - 1)));;

let block_of_hex s = mk_comb (`block_of_bytes`, bytes_of_hex s);;

(* ------------------------------------------------------------------------- *)
(* FIPS 197.                                                                 *)
(* ------------------------------------------------------------------------- *)

let AES_CONV tm =
  (GEN_REWRITE_CONV I [aes256_encrypt; aes256_decrypt] THENC
   CIPHER_CONV (keys_of (lhand tm))) tm;;

(* C.3 *)
let c3_key = bytes_of_hex
  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";;
let FIPS197_C3_ENCRYPT = AES_CONV (list_mk_comb (`aes256_encrypt`,
  [c3_key; block_of_hex "00112233445566778899aabbccddeeff"]));;
let FIPS197_C3_DECRYPT = AES_CONV (list_mk_comb (`aes256_decrypt`,
  [c3_key; block_of_hex "8ea2b7ca516745bfeafc49904b496089"]));;

(* A.3: the first word that is computed, and the last. *)
let a3_words = fst (expand_key (bytes_of_hex
  "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"));;
let FIPS197_A3_FIRST = a3_words.(8);;
let FIPS197_A3_LAST = a3_words.(59);;

(* ------------------------------------------------------------------------- *)
(* One data unit, both ways.  check.py has these from testdata.              *)
(* ------------------------------------------------------------------------- *)

let vector name key tweak plain cipher =
  let round_keys from =
    mk_comb (`round_key`, bytes_of_hex (String.sub key from 64)) in
  let xts f data = list_mk_comb (f,
    [round_keys 0; round_keys 64; block_of_hex tweak; data]) in
  let gives f data result =
    let th = UNIT_CONV (xts f data) in
    if hyp th <> [] || concl th <> mk_eq (xts f data, result) then
      failwith (string_of_thm th) in
  let plain = bytes_of_hex plain and cipher = bytes_of_hex cipher in
  attempt name (fun () ->
    gives `xts_encrypt` plain cipher; gives `xts_decrypt` cipher plain) ();;
