(* SPDX-License-Identifier: ISC *)
(* AES-256: FIPS 197, with its section numbers.

   The standard's state is 4 rows by 4 columns of bytes, filled column by column
   from the input; here it is the block of 128 bits that these 16 bytes are in
   memory.  elem r c s is the standard's s[r,c], and state f the state whose
   s[r,c] is f r c. *)

needs "gf2.ml";;

let elem = new_definition
 `elem r c (s:int128) = byte (r + 4 * c) s`;;

let state = new_definition
 `state f = block_of_bytes
   [f 0 0; f 1 0; f 2 0; f 3 0;
    f 0 1; f 1 1; f 2 1; f 3 1;
    f 0 2; f 1 2; f 2 2; f 3 2;
    f 0 3; f 1 3; f 2 3; f 3 3]`;;

(* ------------------------------------------------------------------------- *)
(* 5.1: the cipher's steps.                                                  *)
(* ------------------------------------------------------------------------- *)

let sub_bytes = new_definition
 `sub_bytes s = state (\r c. sbox (elem r c s))`;;

let shift_rows = new_definition
 `shift_rows s = state (\r c. elem r ((c + r) MOD 4) s)`;;

let mix_columns = new_definition
 `mix_columns s = state (\r c.
    word_xor (gmul (word 2) (elem r c s))
   (word_xor (gmul (word 3) (elem ((r + 1) MOD 4) c s))
   (word_xor (elem ((r + 2) MOD 4) c s)
             (elem ((r + 3) MOD 4) c s))))`;;

(* Rounds 0 to n; w i is the round key of round i. *)
let rounds = define
 `rounds 0 w s = word_xor s (w 0) /\
  rounds (SUC n) w s =
    word_xor (mix_columns (shift_rows (sub_bytes (rounds n w s)))) (w (SUC n))`;;

let cipher = new_definition
 `cipher w s =
    word_xor (shift_rows (sub_bytes (rounds 13 w s))) (w 14)`;;

(* ------------------------------------------------------------------------- *)
(* 5.3: the inverse cipher's.                                                *)
(* ------------------------------------------------------------------------- *)

let inv_shift_rows = new_definition
 `inv_shift_rows s = state (\r c. elem r ((c + 4 - r) MOD 4) s)`;;

let inv_sub_bytes = new_definition
 `inv_sub_bytes s = state (\r c. inv_sbox (elem r c s))`;;

let inv_mix_columns = new_definition
 `inv_mix_columns s = state (\r c.
    word_xor (gmul (word 0x0e) (elem r c s))
   (word_xor (gmul (word 0x0b) (elem ((r + 1) MOD 4) c s))
   (word_xor (gmul (word 0x0d) (elem ((r + 2) MOD 4) c s))
             (gmul (word 0x09) (elem ((r + 3) MOD 4) c s)))))`;;

(* n rounds of it, the first with round key 14 before. *)
let inv_rounds = define
 `inv_rounds 0 w s = word_xor s (w 14) /\
  inv_rounds (SUC n) w s =
    inv_mix_columns (word_xor
      (inv_sub_bytes (inv_shift_rows (inv_rounds n w s))) (w (13 - n)))`;;

let inv_cipher = new_definition
 `inv_cipher w s =
    word_xor (inv_sub_bytes (inv_shift_rows (inv_rounds 13 w s))) (w 0)`;;

(* ------------------------------------------------------------------------- *)
(* 5.2: key expansion, on words of 4 bytes, the first the lowest.            *)
(* ------------------------------------------------------------------------- *)

let rot_word = new_definition
 `rot_word (a:int32) : int32 = word_ror a 8`;;

let sub_word = new_definition
 `sub_word (a:int32) = word_of_bytes
   [sbox (byte 0 a); sbox (byte 1 a); sbox (byte 2 a); sbox (byte 3 a)]`;;

(* x^(j-1) and three zeros *)
let rcon = new_definition
 `rcon j = word_of_bytes [xtimes (j - 1) (word 1); word 0; word 0; word 0]`;;

(* The word w[i], of a key of 32 bytes. *)
let key_word = define
 `key_word key i : int32 =
    if i < 8 then word_of_bytes (take 4 (drop (4 * i) key))
    else word_xor (key_word key (i - 8))
      (let temp = key_word key (i - 1) in
       if i MOD 8 = 0
       then word_xor (sub_word (rot_word temp)) (rcon (i DIV 8))
       else if i MOD 8 = 4 then sub_word temp
       else temp)`;;

let round_key = new_definition
 `round_key key i : int128 = word_join
   (word_join (key_word key (4 * i + 3)) (key_word key (4 * i + 2)) : int64)
   (word_join (key_word key (4 * i + 1)) (key_word key (4 * i)) : int64)`;;

let aes256_encrypt = new_definition
 `aes256_encrypt key s = cipher (round_key key) s`;;

let aes256_decrypt = new_definition
 `aes256_decrypt key s = inv_cipher (round_key key) s`;;
