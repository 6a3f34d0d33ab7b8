(* SPDX-License-Identifier: ISC *)
(* What follows from FIPS 197: each step has its inverse, and with them the cipher;
   and the order in which Arm's instructions take the steps is the standard's. *)

needs "aes.ml";;

(* ------------------------------------------------------------------------- *)
(* A state is known by its elements.                                         *)
(* ------------------------------------------------------------------------- *)

(* One row and column at a time. *)
let EACH_ELEMENT_CONV =
  let each = (REWRITE_CONV [IMP_CONJ; RIGHT_FORALL_IMP_THM] THENC
              DEPTH_CONV EXPAND_CASES_CONV)
    `!r c. r < 4 /\ c < 4 ==> P r c` in
  GEN_REWRITE_CONV I [each];;

let EACH_ELEMENT_TAC =
  CONV_TAC EACH_ELEMENT_CONV THEN CONV_TAC NUM_REDUCE_CONV THEN
  REWRITE_TAC[];;

let ELEM_STATE = prove
 (`!f r c. r < 4 /\ c < 4 ==> elem r c (state f) = f r c`,
  GEN_TAC THEN EACH_ELEMENT_TAC THEN REWRITE_TAC[elem; state] THEN
  CONV_TAC NUM_REDUCE_CONV THEN SIMP_TAC[BYTE_OF_BYTES; LENGTH; ARITH] THEN
  CONV_TAC(DEPTH_CONV EL_CONV) THEN REWRITE_TAC[]);;

let ELEM_EQ = prove
 (`!s t. s = t <=> !r c. r < 4 /\ c < 4 ==> elem r c s = elem r c t`,
  REPEAT GEN_TAC THEN EQ_TAC THEN SIMP_TAC[] THEN
  REWRITE_TAC[BLOCK_EQ; elem] THEN REPEAT STRIP_TAC THEN
  FIRST_X_ASSUM(MP_TAC o SPECL [`i MOD 4`; `i DIV 4`]) THEN
  REWRITE_TAC[ARITH_RULE `i MOD 4 + 4 * i DIV 4 = i`] THEN
  DISCH_THEN MATCH_MP_TAC THEN ASM_ARITH_TAC);;

let BYTE_XOR = prove
 (`!i v w:N word. byte i (word_xor v w) = word_xor (byte i v) (byte i w)`,
  REWRITE_TAC[byte; WORD_SUBWORD_XOR]);;

let ELEM_XOR = prove
 (`!r c s t. elem r c (word_xor s t) = word_xor (elem r c s) (elem r c t)`,
  REWRITE_TAC[elem; BYTE_XOR]);;

let BELOW_4 = ARITH_RULE `i MOD 4 < 4`;;

(* What each element is after a step. *)
let ELEM_STEPS =
  let steps = [sub_bytes; shift_rows; mix_columns;
               inv_sub_bytes; inv_shift_rows; inv_mix_columns] in
  end_itlist CONJ (map (fun step ->
    let s = lhand (concl (SPEC_ALL step)) in
    GENL [`s:int128`; `r:num`; `c:num`]
      (REWRITE_RULE [GSYM step]
        (ISPECL [rand (rand (concl (SPEC_ALL step))); `r:num`; `c:num`]
          ELEM_STATE))) steps);;

(* By elements, one row and column at a time. *)
let ELEMENTS_TAC =
  REPEAT GEN_TAC THEN REWRITE_TAC[ELEM_EQ] THEN
  SIMP_TAC[ELEM_STEPS; ELEM_XOR; BELOW_4];;

(* ------------------------------------------------------------------------- *)
(* Inverses.                                                                 *)
(* ------------------------------------------------------------------------- *)

let INV_SUB_BYTES = prove
 (`!s. inv_sub_bytes (sub_bytes s) = s`,
  ELEMENTS_TAC THEN REWRITE_TAC[INV_SBOX_SBOX]);;

let SUB_BYTES_INV = prove
 (`!s. sub_bytes (inv_sub_bytes s) = s`,
  ELEMENTS_TAC THEN REWRITE_TAC[SBOX_INV_SBOX]);;

let INV_SHIFT_ROWS = prove
 (`!s. inv_shift_rows (shift_rows s) = s`,
  ELEMENTS_TAC THEN EACH_ELEMENT_TAC);;

let SHIFT_ROWS_INV = prove
 (`!s. shift_rows (inv_shift_rows s) = s`,
  ELEMENTS_TAC THEN EACH_ELEMENT_TAC);;

(* A row of one matrix times the other, f the row and g the first row of the other:
   the sum for each byte of a column is a multiple of that byte. *)
let matrix_row f g =
  let times c a = list_mk_comb (`gmul`, [byte_literal c; a])
  and sum = end_itlist (mk_binop `word_xor:byte->byte->byte`) in
  let column = [`a:byte`; `b:byte`; `c:byte`; `d:byte`] in
  let at i l = el (i mod 4) l in
  let second k = sum (map (fun i -> times (at i g) (at (k + i) column)) (0--3)) in
  let both = sum (map (fun k -> times (at k f) (second k)) (0--3)) in
  let by_byte = sum (map (fun j -> sum (map (fun k ->
    times (at k f) (times (at (j + 4 - k) g) (at j column))) (0--3))) (0--3)) in
  let regroup = prove (mk_eq (both, by_byte),
    REWRITE_TAC[GMUL_RXOR] THEN REWRITE_TAC[XOR_AC]) in
  let evaluate =
    REWRITE_CONV [GMUL_ASSOC; GSYM GMUL_XOR] THENC
    DEPTH_CONV (GMUL_CONV ORELSEC WORD_XOR_CONV) THENC
    REWRITE_CONV [GMUL_0; GMUL_1; XOR_CANCEL] in
  REWRITE_RULE [GMUL_1] (CONV_RULE (RAND_CONV evaluate) regroup);;

let mix_row = [2; 3; 1; 1] and inv_mix_row = [0x0e; 0x0b; 0x0d; 0x09];;

let INV_MIX_COLUMNS = prove
 (`!s. inv_mix_columns (mix_columns s) = s`,
  ELEMENTS_TAC THEN EACH_ELEMENT_TAC THEN
  REWRITE_TAC[matrix_row inv_mix_row mix_row]);;

let MIX_COLUMNS_INV = prove
 (`!s. mix_columns (inv_mix_columns s) = s`,
  ELEMENTS_TAC THEN EACH_ELEMENT_TAC THEN
  REWRITE_TAC[matrix_row mix_row inv_mix_row]);;

(* The inverse cipher's state before its round n is the cipher's in round 14 - n. *)
let INV_ROUNDS = prove
 (`!w s n. n <= 13
           ==> inv_rounds n w (cipher w s) =
               shift_rows (sub_bytes (rounds (13 - n) w s))`,
  GEN_TAC THEN GEN_TAC THEN INDUCT_TAC THEN REWRITE_TAC[inv_rounds] THENL
   [REWRITE_TAC[SUB_0; cipher; XOR_AC; XOR_CANCEL];
    DISCH_TAC THEN ASM_SIMP_TAC[ARITH_RULE `SUC n <= 13 ==> n <= 13`] THEN
    REWRITE_TAC[INV_SHIFT_ROWS; INV_SUB_BYTES] THEN
    SUBGOAL_THEN `13 - n = SUC (13 - SUC n)` SUBST1_TAC THENL
     [ASM_ARITH_TAC; ALL_TAC] THEN
    REWRITE_TAC[rounds; GSYM WORD_XOR_ASSOC; XOR_CANCEL; INV_MIX_COLUMNS]]);;

(* Decryption inverts encryption, whatever the round keys are. *)
let INV_CIPHER_CIPHER = prove
 (`!w s. inv_cipher w (cipher w s) = s`,
  SIMP_TAC[inv_cipher; INV_ROUNDS; LE_REFL; SUB_REFL; INV_SHIFT_ROWS;
           INV_SUB_BYTES; rounds; XOR_AC; XOR_CANCEL]);;

(* And encryption decryption. *)
let ROUNDS_INV = prove
 (`!w s n. n <= 13
           ==> rounds n w (inv_cipher w s) =
               inv_sub_bytes (inv_shift_rows (inv_rounds (13 - n) w s))`,
  GEN_TAC THEN GEN_TAC THEN INDUCT_TAC THEN REWRITE_TAC[rounds] THENL
   [REWRITE_TAC[SUB_0; inv_cipher; XOR_AC; XOR_CANCEL];
    DISCH_TAC THEN ASM_SIMP_TAC[ARITH_RULE `SUC n <= 13 ==> n <= 13`] THEN
    REWRITE_TAC[SHIFT_ROWS_INV; SUB_BYTES_INV] THEN
    SUBGOAL_THEN `13 - n = SUC (13 - SUC n)` SUBST1_TAC THENL
     [ASM_ARITH_TAC; ALL_TAC] THEN
    ASM_SIMP_TAC[inv_rounds; MIX_COLUMNS_INV; SHIFT_ROWS_INV; SUB_BYTES_INV;
      ARITH_RULE `SUC n <= 13 ==> 13 - (13 - SUC n) = SUC n`] THEN
    REWRITE_TAC[GSYM WORD_XOR_ASSOC; XOR_CANCEL]]);;

let CIPHER_INV_CIPHER = prove
 (`!w s. cipher w (inv_cipher w s) = s`,
  SIMP_TAC[cipher; ROUNDS_INV; LE_REFL; SUB_REFL; SHIFT_ROWS_INV;
           SUB_BYTES_INV; inv_rounds; XOR_AC; XOR_CANCEL]);;
