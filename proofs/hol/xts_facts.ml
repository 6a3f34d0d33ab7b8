(* SPDX-License-Identifier: ISC *)
(* What follows from IEEE 1619: decryption inverts encryption, for data units of
   every length, whatever the round keys are. *)

needs "xts.ml";;
needs "aes_facts.ml";;

(* ------------------------------------------------------------------------- *)
(* Doubling byte by byte, as 5.2 has it.                                     *)
(* ------------------------------------------------------------------------- *)

(* Twice each byte modulo 256, with the carry of the byte below; the last carry comes
   back as 135. *)
let DOUBLE_BYTES = prove
 (`!t. byte 0 (double t) =
         word_xor (word_shl (byte 0 t) 1)
                  (if bit 7 (byte 15 t) then word 135 else word 0) /\
       (!k. 0 < k /\ k < 16
            ==> byte k (double t) =
                word_xor (word_shl (byte k t) 1)
                         (word_ushr (byte (k - 1) t) 7))`,
  GEN_TAC THEN CONJ_TAC THENL
   [SUBGOAL_THEN `bit 7 (byte 15 (t:int128)) <=> bit 127 t` SUBST1_TAC THENL
     [REWRITE_TAC[byte; BIT_WORD_SUBWORD; DIMINDEX_8] THEN
      CONV_TAC NUM_REDUCE_CONV;
      ALL_TAC];
    ONCE_REWRITE_TAC[TAUT `p /\ q ==> r <=> q ==> p ==> r`] THEN
    CONV_TAC EXPAND_CASES_CONV THEN CONV_TAC NUM_REDUCE_CONV THEN
    REPEAT CONJ_TAC] THEN
  REWRITE_TAC[double; byte; WORD_SUBWORD_XOR] THEN COND_CASES_TAC THEN
  CONV_TAC(NUM_REDUCE_CONV THENC WORD_REDUCE_CONV) THEN
  REWRITE_TAC[XOR_CANCEL] THEN BITS_TAC THEN ASM_REWRITE_TAC[] THEN
  CONV_TAC WORD_REDUCE_CONV);;

(* ------------------------------------------------------------------------- *)
(* Data as blocks.                                                           *)
(* ------------------------------------------------------------------------- *)

let TAKE_APPEND = prove
 (`!n a l:A list. LENGTH a = n ==> take n (APPEND a l) = a`,
  INDUCT_TAC THEN LIST_INDUCT_TAC THEN
  ASM_SIMP_TAC[LENGTH; take; APPEND; HD; TL; NOT_SUC; SUC_INJ]);;

let DROP_APPEND = prove
 (`!n a l:A list. LENGTH a = n ==> drop n (APPEND a l) = l`,
  INDUCT_TAC THEN LIST_INDUCT_TAC THEN
  ASM_SIMP_TAC[LENGTH; drop; APPEND; TL; NOT_SUC; SUC_INJ]);;

let DROP_DROP = prove
 (`!m n l:A list. drop n (drop m l) = drop (m + n) l`,
  INDUCT_TAC THEN ASM_REWRITE_TAC[drop; ADD_CLAUSES]);;

let LENGTH_BLOCKS = prove
 (`!n f. LENGTH (blocks n f) = 16 * n`,
  INDUCT_TAC THEN
  ASM_REWRITE_TAC[blocks; LENGTH; LENGTH_APPEND; BYTES_OF_BLOCK_LENGTH] THEN
  ARITH_TAC);;

let BLOCKS_EQ = prove
 (`!n f g. (!q. q < n ==> f q = g q) ==> blocks n f = blocks n g`,
  INDUCT_TAC THEN REWRITE_TAC[blocks; LT] THEN ASM_MESON_TAC[]);;

(* Block q of what blocks were put together to. *)
let BLOCK_AT_BLOCKS = prove
 (`!n f l q. q < n ==> block_at q (APPEND (blocks n f) l) = f q`,
  INDUCT_TAC THEN REWRITE_TAC[LT; blocks; GSYM APPEND_ASSOC] THEN
  REPEAT STRIP_TAC THEN ASM_SIMP_TAC[] THEN
  ASM_SIMP_TAC[block_at; DROP_APPEND; LENGTH_BLOCKS; TAKE_APPEND;
               BYTES_OF_BLOCK_LENGTH; BLOCK_OF_BYTES_OF_BLOCK]);;

(* And the blocks of data, put together. *)
let BLOCKS_BLOCK_AT = prove
 (`!n l. 16 * n <= LENGTH l
         ==> APPEND (blocks n (\q. block_at q l)) (drop (16 * n) l) = l`,
  INDUCT_TAC THEN REWRITE_TAC[blocks; MULT_CLAUSES; drop; APPEND] THEN
  REPEAT STRIP_TAC THEN REWRITE_TAC[GSYM APPEND_ASSOC; block_at] THEN
  SIMP_TAC[BYTES_OF_BLOCK_OF_BYTES; LENGTH_TAKE] THEN
  ONCE_REWRITE_TAC[ADD_SYM] THEN REWRITE_TAC[GSYM DROP_DROP] THEN
  ASM_SIMP_TAC[APPEND_TAKE_DROP; LENGTH_DROP; GSYM block_at;
    ARITH_RULE `16 + 16 * n <= l ==> 16 <= l - 16 * n /\ 16 * n <= l`]);;

(* ------------------------------------------------------------------------- *)
(* Lengths.                                                                  *)
(* ------------------------------------------------------------------------- *)

let LETS = REWRITE_RULE [LET_DEF; LET_END_DEF];;

let UNIT_TAC =
  REPEAT STRIP_TAC THEN REWRITE_TAC[LET_DEF; LET_END_DEF] THEN
  COND_CASES_TAC THEN
  REWRITE_TAC[LENGTH_APPEND; LENGTH_BLOCKS; BYTES_OF_BLOCK_LENGTH;
              LENGTH_TAKE] THEN
  ASM_ARITH_TAC;;

let LENGTH_XTS_ENCRYPT = prove
 (`!w1 w2 tweak p. 16 <= LENGTH p
     ==> LENGTH (xts_encrypt w1 w2 tweak p) = LENGTH p`,
  REWRITE_TAC[xts_encrypt] THEN UNIT_TAC);;

let LENGTH_XTS_DECRYPT = prove
 (`!w1 w2 tweak c. 16 <= LENGTH c
     ==> LENGTH (xts_decrypt w1 w2 tweak c) = LENGTH c`,
  REWRITE_TAC[xts_decrypt] THEN UNIT_TAC);;

(* ------------------------------------------------------------------------- *)
(* Decryption inverts encryption.                                            *)
(* ------------------------------------------------------------------------- *)

let DECRYPT_ENCRYPT_BLOCK = prove
 (`!w1 w2 tweak j p.
     decrypt_block w1 w2 tweak j (encrypt_block w1 w2 tweak j p) = p`,
  REWRITE_TAC[LETS decrypt_block; LETS encrypt_block; WORD_XOR_ASSOC] THEN
  REWRITE_TAC[GSYM WORD_XOR_ASSOC; XOR_CANCEL; INV_CIPHER_CIPHER]);;

(* The text of encryption for a unit that is not all blocks, with f for the cipher of
   block j, and of decryption with g. *)
let INVERSE_OF_UNIT = prove
 (`!f g m b (p:byte list).
     (!j x. g j (f j x) = x) /\ LENGTH p = 16 * m + b /\ 0 < m /\ b < 16 /\
     ~(b = 0)
     ==> let xx = bytes_of_block (f (m - 1) (block_at (m - 1) p)) in
         let yy = APPEND (drop (16 * m) p) (drop b xx) in
         let c = APPEND (blocks (m - 1) (\q. f q (block_at q p)))
                (APPEND (bytes_of_block (f m (block_of_bytes yy)))
                        (take b xx)) in
         let zz = bytes_of_block (g m (block_at (m - 1) c)) in
         let vv = APPEND (drop (16 * m) c) (drop b zz) in
         APPEND (blocks (m - 1) (\q. g q (block_at q c)))
        (APPEND (bytes_of_block (g (m - 1) (block_of_bytes vv)))
                (take b zz)) = p`,
  REPEAT STRIP_TAC THEN REWRITE_TAC[LET_DEF; LET_END_DEF] THEN
  ABBREV_TAC `xx = bytes_of_block (f (m - 1) (block_at (m - 1) p))` THEN
  ABBREV_TAC `yy = APPEND (drop (16 * m) p) (drop b (xx:byte list))` THEN
  ABBREV_TAC `c = APPEND (blocks (m - 1) (\q. f q (block_at q p)))
                 (APPEND (bytes_of_block (f m (block_of_bytes yy)))
                         (take b xx))` THEN
  SUBGOAL_THEN `LENGTH (xx:byte list) = 16` ASSUME_TAC THENL
   [ASM_MESON_TAC[BYTES_OF_BLOCK_LENGTH]; ALL_TAC] THEN
  SUBGOAL_THEN `LENGTH (drop (16 * m) (p:byte list)) = b` ASSUME_TAC THENL
   [ASM_SIMP_TAC[LENGTH_DROP; LE_ADD] THEN ARITH_TAC; ALL_TAC] THEN
  SUBGOAL_THEN `LENGTH (yy:byte list) = 16` ASSUME_TAC THENL
   [EXPAND_TAC "yy" THEN
    ASM_SIMP_TAC[LENGTH_APPEND; LENGTH_DROP; LT_IMP_LE] THEN ASM_ARITH_TAC;
    ALL_TAC] THEN
  SUBGOAL_THEN `block_at (m - 1) c = f m (block_of_bytes yy) : int128`
  SUBST1_TAC THENL
   [EXPAND_TAC "c" THEN
    SIMP_TAC[block_at; DROP_APPEND; LENGTH_BLOCKS; TAKE_APPEND;
             BYTES_OF_BLOCK_LENGTH; BLOCK_OF_BYTES_OF_BLOCK];
    ALL_TAC] THEN
  SUBGOAL_THEN `drop (16 * m) c = take b (xx:byte list)` SUBST1_TAC THENL
   [EXPAND_TAC "c" THEN REWRITE_TAC[APPEND_ASSOC] THEN
    MATCH_MP_TAC DROP_APPEND THEN
    REWRITE_TAC[LENGTH_APPEND; LENGTH_BLOCKS; BYTES_OF_BLOCK_LENGTH] THEN
    ASM_ARITH_TAC;
    ALL_TAC] THEN
  ASM_SIMP_TAC[BYTES_OF_BLOCK_OF_BYTES] THEN
  SUBGOAL_THEN `drop b yy = drop b xx : byte list /\
                take b yy = drop (16 * m) p` (CONJUNCTS_THEN SUBST1_TAC) THENL
   [EXPAND_TAC "yy" THEN ASM_SIMP_TAC[DROP_APPEND; TAKE_APPEND];
    ALL_TAC] THEN
  ASM_SIMP_TAC[APPEND_TAKE_DROP; LT_IMP_LE] THEN
  SUBGOAL_THEN `blocks (m - 1) (\q. g q (block_at q c)) =
                blocks (m - 1) (\q. block_at q p)` SUBST1_TAC THENL
   [MATCH_MP_TAC BLOCKS_EQ THEN EXPAND_TAC "c" THEN
    ASM_SIMP_TAC[BLOCK_AT_BLOCKS];
    ALL_TAC] THEN
  EXPAND_TAC "xx" THEN ASM_REWRITE_TAC[BLOCK_OF_BYTES_OF_BLOCK] THEN
  SUBGOAL_THEN `m = SUC (m - 1)` MP_TAC THENL [ASM_ARITH_TAC; ALL_TAC] THEN
  MP_TAC(ISPECL [`m:num`; `p:byte list`] BLOCKS_BLOCK_AT) THEN
  ASM_REWRITE_TAC[LE_ADD] THEN
  DISCH_THEN(fun th -> DISCH_THEN(fun m -> MP_TAC th THEN
    GEN_REWRITE_TAC (LAND_CONV o LAND_CONV o LAND_CONV o LAND_CONV) [m])) THEN
  REWRITE_TAC[blocks; GSYM APPEND_ASSOC]);;

(* And without stealing. *)
let INVERSE_OF_BLOCKS = prove
 (`!f g m (p:byte list).
     (!j x. g j (f j x) = x) /\ LENGTH p = 16 * m
     ==> let c = blocks m (\q. f q (block_at q p)) in
         blocks m (\q. g q (block_at q c)) = p`,
  REPEAT STRIP_TAC THEN REWRITE_TAC[LET_DEF; LET_END_DEF] THEN
  MP_TAC(ISPECL [`m:num`; `p:byte list`] BLOCKS_BLOCK_AT) THEN
  SUBGOAL_THEN `drop (16 * m) (p:byte list) = []` SUBST1_TAC THENL
   [ASM_SIMP_TAC[GSYM LENGTH_EQ_NIL; LENGTH_DROP; LE_REFL; SUB_REFL];
    ALL_TAC] THEN
  ASM_REWRITE_TAC[LE_REFL; APPEND_NIL] THEN
  DISCH_THEN(fun th -> GEN_REWRITE_TAC RAND_CONV [SYM th]) THEN
  MATCH_MP_TAC BLOCKS_EQ THEN REPEAT STRIP_TAC THEN
  MP_TAC(ISPECL [`m:num`; `\q. f q (block_at q (p:byte list)) : int128`;
                 `[]:byte list`; `q:num`] BLOCK_AT_BLOCKS) THEN
  ASM_REWRITE_TAC[APPEND_NIL] THEN DISCH_THEN SUBST1_TAC THEN
  ASM_REWRITE_TAC[]);;

(* Whatever the key, the tweak, the data and its length are. *)
let XTS_DECRYPT_ENCRYPT = prove
 (`!w1 w2 tweak p. 16 <= LENGTH p
     ==> xts_decrypt w1 w2 tweak (xts_encrypt w1 w2 tweak p) = p`,
  REPEAT STRIP_TAC THEN GEN_REWRITE_TAC LAND_CONV [LETS xts_decrypt] THEN
  ASM_SIMP_TAC[LENGTH_XTS_ENCRYPT] THEN REWRITE_TAC[LETS xts_encrypt] THEN
  ASM_CASES_TAC `LENGTH (p:byte list) MOD 16 = 0` THEN ASM_REWRITE_TAC[] THENL
   [MATCH_MP_TAC(LETS INVERSE_OF_BLOCKS) THEN
    REWRITE_TAC[DECRYPT_ENCRYPT_BLOCK] THEN ASM_ARITH_TAC;
    MATCH_MP_TAC(LETS INVERSE_OF_UNIT) THEN
    REWRITE_TAC[DECRYPT_ENCRYPT_BLOCK] THEN ASM_ARITH_TAC]);;

let XTS_DECRYPT_ENCRYPT_UNITS = prove
 (`!n unit w1 w2 tweak p. 16 <= unit /\ LENGTH p = n * unit
     ==> xts_decrypt_units n unit w1 w2 tweak
           (xts_encrypt_units n unit w1 w2 tweak p) = p`,
  INDUCT_TAC THEN
  REWRITE_TAC[xts_encrypt_units; xts_decrypt_units; MULT_CLAUSES] THEN
  REPEAT STRIP_TAC THENL [ASM_MESON_TAC[LENGTH_EQ_NIL]; ALL_TAC] THEN
  SUBGOAL_THEN `LENGTH (xts_encrypt w1 w2 tweak (take unit p)) = unit`
  ASSUME_TAC THENL
   [ASM_SIMP_TAC[LENGTH_XTS_ENCRYPT; LENGTH_TAKE]; ALL_TAC] THEN
  ASM_SIMP_TAC[TAKE_APPEND; DROP_APPEND; XTS_DECRYPT_ENCRYPT; LENGTH_TAKE;
               LENGTH_DROP; LE_ADDR; ADD_SUB] THEN
  ASM_SIMP_TAC[APPEND_TAKE_DROP; LE_ADDR]);;
