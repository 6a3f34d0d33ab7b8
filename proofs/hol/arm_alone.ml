(* SPDX-License-Identifier: ISC *)
(* A single unit whose length is no multiple of 512 bytes, said of bytes and of the
   standard: crypts_unit, in the way of runs_units.

   q is the number of blocks before those that stealing takes, which are the last
   whole block and the tail, where there is one. *)

needs "arm_bytes.ml";;
needs "arm_tail.ml";;

let crypts_unit = new_definition
 `crypts_unit code schedule form crypt <=>
    ?trace. !s base rd wr dst src unit q tweak keys sp w1 w2.
      whole s /\ program_counter s = base /\
      xsp 0 s = dst /\ xsp 1 s = src /\ xsp 2 s = word 1 /\ xsp 3 s = word unit /\
      xsp 4 s = tweak /\ xsp 5 s = keys /\
      xsp 31 s = word_add sp (word 400) /\ word_and sp (word 15) = word 0 /\
      16 * q + (if unit MOD 16 = 0 then 0 else 16 + unit MOD 16) = unit /\
      ~(unit MOD 512 = 0) /\ unit <= 2 EXP 24 /\
      (!i. i < 15
           ==> read128 (memory s) (word_add keys (word (schedule + 16 * i))) =
               form w1 i) /\
      (!i. i < 15
           ==> read128 (memory s) (word_add keys (word (480 + 16 * i))) =
               w2 i) /\
      within src unit rd /\ within tweak 16 rd /\ within keys 720 rd /\
      (~(unit MOD 16 = 0) ==> within dst unit rd) /\
      within sp 400 rd /\ within dst unit wr /\ within sp 400 wr /\
      in_place_or_apart src dst unit /\
      apart src unit sp 400 /\ apart dst unit sp 400 /\
      apart tweak 16 sp 400 /\ apart keys 720 sp 400
      ==> ?s'. reaches base code rd wr s s' /\ whole s' /\
               program_counter s' = xsp 30 s /\
               bytes_at (memory s') dst unit =
                 crypt (w1:num->int128) (w2:num->int128)
                   (read128 (memory s) tweak) (bytes_at (memory s) src unit) /\
               (!b. ~(b IN range dst unit UNION range sp 400)
                    ==> memory s' b = memory s b) /\
               keeps_x [18; 19; 20; 21; 22; 23; 24; 25; 26; 27; 28; 29; 30; 31]
                 s s' /\
               (!i. i < 8 ==> low (vreg (8 + i) s') = low (vreg (8 + i) s)) /\
               keeps_v [31] s s' /\
               read128 (memory s') sp = word_join (xsp 30 s) (xsp 29 s) /\
               (!i. i < 8
                    ==> vreg i s' = word 0 /\
                        high (vreg (8 + i) s') = word 0) /\
               (!i. i < 15 ==> vreg (16 + i) s' = word 0) /\
               xsp 0 s' = word_add dst (word (16 * q)) /\
               xsp 1 s' = word_add src (word (16 * q)) /\
               xsp 2 s' = word (q MOD 8) /\
               xsp 5 s' = (if unit MOD 16 = 0 then keys
                           else word_add src (word (16 * q + 16))) /\
               xsp 8 s' = word_add sp (word (80 + 32 * q MOD 8)) /\
               ALL (\i. xsp i s' = word 0)
                 [3; 4; 6; 7; 9; 10; 11; 12; 13; 14; 15; 16; 17] /\
               (!i. i < 4
                    ==> read128 (memory s') (word_add sp (word (16 + 16 * i))) =
                        word_join (low (vreg (9 + 2 * i) s))
                                  (low (vreg (8 + 2 * i) s))) /\
               (!i. i < 20
                    ==> read128 (memory s') (word_add sp (word (80 + 16 * i))) =
                        word 0) /\
               events s' =
                 APPEND (trace base dst src unit tweak keys sp) (events s)`;;

(* Blocks in memory that are the standard's are bytes that are. *)
let BLOCKS_TAC whole =
  REPEAT STRIP_TAC THEN MATCH_MP_TAC whole THEN EXISTS_TAC `k:num` THEN
  ASM_REWRITE_TAC[LENGTH_BYTES_AT] THEN REPEAT STRIP_TAC THEN
  SUBGOAL_THEN `16 * q + 16 <= 16 * k` ASSUME_TAC THENL
   [ASM_ARITH_TAC; ASM_SIMP_TAC[BLOCK_AT_BYTES_AT]];;

let ENCRYPTED_BLOCKS = prove
 (`!m m' dst src k w1 w2 t.
     (!j. j < k
          ==> read128 m' (word_add dst (word (16 * j))) =
              encrypt_block w1 w2 t j
                (read128 m (word_add src (word (16 * j)))))
     ==> bytes_at m' dst (16 * k) =
         xts_encrypt w1 w2 t (bytes_at m src (16 * k))`,
  BLOCKS_TAC XTS_ENCRYPT_WHOLE);;

let DECRYPTED_BLOCKS = prove
 (`!m m' dst src k w1 w2 t.
     (!j. j < k
          ==> read128 m' (word_add dst (word (16 * j))) =
              decrypt_block w1 w2 t j
                (read128 m (word_add src (word (16 * j)))))
     ==> bytes_at m' dst (16 * k) =
         xts_decrypt w1 w2 t (bytes_at m src (16 * k))`,
  BLOCKS_TAC XTS_DECRYPT_WHOLE);;

(* A unit of 16 (q + 1) + b bytes, of which b steal. *)
let TAIL_TAC stolen =
  REPEAT STRIP_TAC THEN MATCH_MP_TAC stolen THEN
  MAP_EVERY EXISTS_TAC [`q + 1`; `b:num`] THEN
  REWRITE_TAC[LENGTH_BYTES_AT; LET_DEF; LET_END_DEF; ADD_SUB] THEN
  ASM_SIMP_TAC[BLOCK_AT_BYTES_AT; DROP_BYTES_AT; LE_ADD; ADD_SUB2;
    ARITH_RULE `16 * q + 16 <= 16 * (q + 1) + b`;
    ARITH_RULE `j < q ==> 16 * j + 16 <= 16 * (q + 1) + b`] THEN
  ASM_REWRITE_TAC[ARITH_RULE `16 * (q + 1) = 16 * q + 16`] THEN
  ASM_ARITH_TAC;;

let ENCRYPTED_TAIL = prove
 (`!m m' dst src q b w1 w2 t.
     0 < b /\ b < 16 /\
     (!j. j < q
          ==> read128 m' (word_add dst (word (16 * j))) =
              encrypt_block w1 w2 t j
                (read128 m (word_add src (word (16 * j))))) /\
     read128 m' (word_add dst (word (16 * q))) =
       encrypt_block w1 w2 t (q + 1) (block_of_bytes (APPEND
         (bytes_at m (word_add src (word (16 * q + 16))) b)
         (drop b (bytes_of_block (encrypt_block w1 w2 t q
           (read128 m (word_add src (word (16 * q))))))))) /\
     bytes_at m' (word_add dst (word (16 * q + 16))) b =
       take b (bytes_of_block (encrypt_block w1 w2 t q
         (read128 m (word_add src (word (16 * q))))))
     ==> bytes_at m' dst (16 * (q + 1) + b) =
         xts_encrypt w1 w2 t (bytes_at m src (16 * (q + 1) + b))`,
  TAIL_TAC XTS_ENCRYPT_STEAL);;

let DECRYPTED_TAIL = prove
 (`!m m' dst src q b w1 w2 t.
     0 < b /\ b < 16 /\
     (!j. j < q
          ==> read128 m' (word_add dst (word (16 * j))) =
              decrypt_block w1 w2 t j
                (read128 m (word_add src (word (16 * j))))) /\
     read128 m' (word_add dst (word (16 * q))) =
       decrypt_block w1 w2 t q (block_of_bytes (APPEND
         (bytes_at m (word_add src (word (16 * q + 16))) b)
         (drop b (bytes_of_block (decrypt_block w1 w2 t (q + 1)
           (read128 m (word_add src (word (16 * q))))))))) /\
     bytes_at m' (word_add dst (word (16 * q + 16))) b =
       take b (bytes_of_block (decrypt_block w1 w2 t (q + 1)
         (read128 m (word_add src (word (16 * q))))))
     ==> bytes_at m' dst (16 * (q + 1) + b) =
         xts_decrypt w1 w2 t (bytes_at m src (16 * (q + 1) + b))`,
  TAIL_TAC XTS_DECRYPT_STEAL);;

(* Such a length, as sized has it. *)
let UNIT_SIZED = prove
 (`!unit q.
     16 * q + (if unit MOD 16 = 0 then 0 else 16 + unit MOD 16) = unit /\
     unit <= 2 EXP 24
     ==> sized unit (q DIV 8) (q MOD 8)
           (if unit MOD 16 = 0 then 0 else 16 + unit MOD 16) /\
         8 * q DIV 8 + q MOD 8 = q`,
  REPEAT GEN_TAC THEN
  MP_TAC(SPECL [`q:num`; `8`] DIVISION) THEN
  MP_TAC(SPECL [`unit:num`; `16`] DIVISION) THEN REWRITE_TAC[ARITH_EQ; sized] THEN
  SPEC_TAC(`unit MOD 16`,`b:num`) THEN SPEC_TAC(`unit DIV 16`,`m:num`) THEN
  SPEC_TAC(`q DIV 8`,`g:num`) THEN SPEC_TAC(`q MOD 8`,`r:num`) THEN
  REPEAT GEN_TAC THEN COND_CASES_TAC THEN ASM_REWRITE_TAC[] THEN
  ASM_ARITH_TAC);;

let CRYPTS_UNIT spec code schedule form block (crypt,whole,tail) call tail_call =
  let says = said_of_body code
    (rand (concl (said spec code schedule form crypt))) in
  let front = [`s:st`; base_var; rd_var; wr_var; dst_tm; src_tm; tweak_tm;
    keys_tm; sp_tm; mk_comb(form,`w1:num->int128`); `w2:num->int128`;
    `unit:num`; `q DIV 8`; `q MOD 8`] in
  let ends bytes =
    REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
    EXISTS_TAC `u:st` THEN ASM_SIMP_TAC[LOW_ZX] THEN bytes in
  let memories = [`memory s`; `memory u`; dst_tm; src_tm; `q:num`] in
  let keys = [`w1:num->int128`; `w2:num->int128`; `read128 (memory s) tweak`] in
  prove(says,
    REPEAT GEN_TAC THEN DISCH_THEN(REPEAT_TCL CONJUNCTS_THEN ASSUME_TAC) THEN
    MP_TAC(SPECL [`unit:num`; `q:num`] UNIT_SIZED) THEN ASM_REWRITE_TAC[] THEN
    DISCH_THEN(CONJUNCTS_THEN ASSUME_TAC) THEN
    ASM_CASES_TAC `unit MOD 16 = 0` THENL
     [RULE_ASSUM_TAC(fun th ->
        if concl th = `unit MOD 16 = 0` then th else
        PURE_REWRITE_RULE[ASSUME `unit MOD 16 = 0`; REFL_CLAUSE; COND_CLAUSES] th)
      THEN
      SUBGOAL_THEN `16 * q = unit` ASSUME_TAC THENL
       [ASM_ARITH_TAC; ALL_TAC] THEN
      MP_TAC(SPECL front call) THEN
      ANTS_TAC THENL [ASM_REWRITE_TAC[WHOLE_GROUPS]; ALL_TAC] THEN ASM_REWRITE_TAC[] THEN
      ends
       (MP_TAC(SPECL (memories @ keys) whole) THEN
        ASM_REWRITE_TAC[GSYM block]);
      RULE_ASSUM_TAC(fun th ->
        if concl th = `~(unit MOD 16 = 0)` then th else
        PURE_REWRITE_RULE[EQF_INTRO (ASSUME `~(unit MOD 16 = 0)`); NOT_CLAUSES;
          IMP_CLAUSES; COND_CLAUSES] th) THEN
      SUBGOAL_THEN `?n. unit MOD 16 = n + 1 /\ n < 15` STRIP_ASSUME_TAC THENL
       [EXISTS_TAC `unit MOD 16 - 1` THEN
        MP_TAC(SPECL [`unit:num`; `16`] DIVISION) THEN ASM_ARITH_TAC; ALL_TAC] THEN
      RULE_ASSUM_TAC(fun th ->
        if concl th = `unit MOD 16 = n + 1` then th else
        PURE_REWRITE_RULE[ASSUME `unit MOD 16 = n + 1`] th) THEN
      SUBGOAL_THEN `16 * (q + 1) + n + 1 = unit` ASSUME_TAC THENL
       [ASM_ARITH_TAC; ALL_TAC] THEN
      MP_TAC(SPECL (front @ [`n:num`]) tail_call) THEN
      ANTS_TAC THENL [ASM_REWRITE_TAC[WHOLE_GROUPS]; ALL_TAC] THEN
      ASM_REWRITE_TAC[ADD_ASSOC] THEN ASM_REWRITE_TAC[GSYM ADD_ASSOC] THEN
      REWRITE_TAC[ARITH_RULE `~(n + 1 = 0)`] THEN
      ends
       (MP_TAC(SPECL (memories @ `n + 1`::keys) tail) THEN
        REWRITE_TAC[GSYM block] THEN
        ANTS_TAC THENL [ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC; ALL_TAC] THEN
        ASM_REWRITE_TAC[])]);;

let ENCRYPTS_UNIT spec =
  CRYPTS_UNIT spec encrypt_body 0 as_it_is ENCRYPTS_BLOCK
    (`xts_encrypt`,ENCRYPTED_BLOCKS,ENCRYPTED_TAIL)
    ENCRYPT_WHOLE_SINGLE ENCRYPT_TAIL_SINGLE;;
let DECRYPTS_UNIT spec =
  CRYPTS_UNIT spec decrypt_body 240 `inverse_keys` DECRYPTS_BLOCK
    (`xts_decrypt`,DECRYPTED_BLOCKS,DECRYPTED_TAIL)
    DECRYPT_WHOLE_SINGLE DECRYPT_TAIL_SINGLE;;

let ENCRYPT_SINGLE = ENCRYPTS_UNIT crypts_unit;;
let DECRYPT_SINGLE = DECRYPTS_UNIT crypts_unit;;
let ENCRYPT_SINGLE_TIMED = TIME ENCRYPT_TOGETHER crypts_unit ENCRYPT_SINGLE;;
let DECRYPT_SINGLE_TIMED = TIME DECRYPT_TOGETHER crypts_unit DECRYPT_SINGLE;;

let PLAIN_ENCRYPT_UNIT = encrypts crypts_unit `xts_encrypt` plain_encrypt
  PLAIN_ENCRYPT_LIFTED ENCRYPT_SINGLE_TIMED;;
let PLAIN_DECRYPT_UNIT = decrypts crypts_unit `xts_decrypt` plain_decrypt
  PLAIN_DECRYPT_LIFTED DECRYPT_SINGLE_TIMED;;
let PROTECTED_ENCRYPT_UNIT = encrypts crypts_unit `xts_encrypt`
  protected_encrypt PROTECTED_ENCRYPT_LIFTED ENCRYPT_SINGLE_TIMED;;
let PROTECTED_DECRYPT_UNIT = decrypts crypts_unit `xts_decrypt`
  protected_decrypt PROTECTED_DECRYPT_LIFTED DECRYPT_SINGLE_TIMED;;
