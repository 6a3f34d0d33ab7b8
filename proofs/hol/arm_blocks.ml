(* SPDX-License-Identifier: ISC *)
(* What the engine makes of a block is what FIPS 197 and IEEE 1619 say, and so for
   loops over groups of blocks, in either direction and build.

   AESE adds the round key before SubBytes, AESD before InvShiftRows, so a round
   of the engine is the end of one of the standard's and the beginning of the
   next.  For decryption the engine is given the round keys of the equivalent
   inverse cipher (FIPS 197, 5.3.5). *)

needs "arm_engine.ml";;
needs "xts.ml";;
needs "aes_facts.ml";;

let SUB_SHIFT = prove
 (`!s. sub_bytes (shift_rows s) = shift_rows (sub_bytes s)`,
  ELEMENTS_TAC);;

let INV_MIX_XOR = prove
 (`!a b. inv_mix_columns (word_xor a b) =
         word_xor (inv_mix_columns a) (inv_mix_columns b)`,
  ELEMENTS_TAC THEN REWRITE_TAC[GMUL_RXOR] THEN REWRITE_TAC[XOR_AC]);;

let ENCRYPT_ROUNDS = prove
 (`!n w s. encrypt_rounds n w (word_xor s (w 0)) =
           mix_columns (shift_rows (sub_bytes (rounds n w s)))`,
  INDUCT_TAC THEN ASM_REWRITE_TAC[encrypt_rounds; rounds; SUB_SHIFT]);;

let XOR_KEY_TWEAK = WORD_BITWISE_RULE
  `word_xor p (word_xor t k) = word_xor (word_xor p t) k : int128`;;

(* 5.3.1: a block is encrypted between two additions of its tweak. *)
let ARM_ENCRYPT = prove
 (`!w t p. arm_encrypt w t p = word_xor (cipher w (word_xor p t)) t`,
  REPEAT GEN_TAC THEN REWRITE_TAC[arm_encrypt; XOR_KEY_TWEAK] THEN
  REWRITE_TAC[ENCRYPT_ROUNDS; cipher; num_CONV `13`; rounds; SUB_SHIFT] THEN
  CONV_TAC NUM_REDUCE_CONV THEN CONV_TAC WORD_BITWISE_RULE);;

(* The round keys in the order and form of the equivalent inverse cipher. *)
let inverse_keys = new_definition
 `inverse_keys (w:num->int128) i =
    if i = 0 \/ i = 14 then w (14 - i) else inv_mix_columns (w (14 - i))`;;

let DECRYPT_ROUNDS = prove
 (`!n w s. n < 13
           ==> decrypt_rounds n (inverse_keys w) (word_xor s (w 14)) =
               inv_mix_columns (inv_sub_bytes (inv_shift_rows
                 (inv_rounds n w s)))`,
  INDUCT_TAC THEN REPEAT STRIP_TAC THEN
  REWRITE_TAC[decrypt_rounds; inv_rounds] THEN
  FIRST_X_ASSUM(MP_TAC o SPECL [`w:num->int128`; `s:int128`]) THEN
  ANTS_TAC THENL [ASM_ARITH_TAC; DISCH_THEN SUBST1_TAC] THEN
  ASM_SIMP_TAC[inverse_keys; NOT_SUC; INV_MIX_XOR;
    ARITH_RULE `SUC n < 13 ==> ~(SUC n = 14)`;
    ARITH_RULE `14 - SUC n = 13 - n`]);;

(* 5.4.1 *)
let ARM_DECRYPT = prove
 (`!w t c. arm_decrypt (inverse_keys w) t c =
           word_xor (inv_cipher w (word_xor c t)) t`,
  REPEAT GEN_TAC THEN REWRITE_TAC[arm_decrypt; XOR_KEY_TWEAK] THEN
  SUBGOAL_THEN `inverse_keys w 0 = w 14 /\ inverse_keys w 14 = w 0 /\
                inverse_keys w 13 = inv_mix_columns (w 1)`
    (fun th -> REWRITE_TAC[th]) THENL
   [REWRITE_TAC[inverse_keys] THEN CONV_TAC NUM_REDUCE_CONV; ALL_TAC] THEN
  SIMP_TAC[DECRYPT_ROUNDS; ARITH_RULE `12 < 13`; GSYM INV_MIX_XOR] THEN
  REWRITE_TAC[inv_cipher; num_CONV `13`; inv_rounds] THEN
  CONV_TAC NUM_REDUCE_CONV THEN CONV_TAC WORD_BITWISE_RULE);;
