(* SPDX-License-Identifier: ISC *)
(* Any number n of units, by induction: UNIT_LOOP is about any code that has the
   property of one unit that UNIT in arm_units.ml proves, UNITS about the
   engine's.  Their tweaks are those of the numbers first, first + 1, ... modulo
   2^128; output is the input or apart from it; nothing else in memory changes
   but the frame.  It ends at what follows the loop. *)

needs "arm_units.ml";;

let READY_REGISTERS = prove
 (`!k t w2 num keys sp s.
     group_ready k t sp s /\ unit_ready w2 num keys sp s
     ==> whole s /\ xsp 31 s = sp /\ xsp 5 s = keys`,
  SIMP_TAC[group_ready; unit_ready]);;

let UNIT_LOOP = prove
 (`!code base rd wr at_head at_after k w2 sp keys block l l' count.
   let z = 16 * count in
   (!s t num dst src.
      group_ready k t sp s /\ unit_ready w2 num keys sp s /\
      program_counter s = at_head /\ xsp 0 s = dst /\ xsp 1 s = src /\
      xsp 3 s = word z /\
      within src z rd /\ within dst z wr /\
      apart dst z sp 400 /\ apart src z sp 400 /\ apart keys 720 dst z /\
      in_place_or_apart src dst z
      ==> ?s'. reaches base code rd wr s s' /\
               group_ready k (cipher w2 num) sp s' /\
               unit_ready w2 (word_add num (word 1)) keys sp s' /\
               unit_left keys s' /\
               program_counter s' =
                 (if ~(word_sub (xsp 2 s) (word 1) = word 0)
                  then at_head else at_after) /\
               xsp 0 s' = word_add dst (word z) /\
               xsp 1 s' = word_add src (word z) /\
               xsp 2 s' = word_sub (xsp 2 s) (word 1) /\ xsp 3 s' = xsp 3 s /\
               keeps_x l s s' /\ keeps_v l' s s' /\
               (!j. j < count
                    ==> read128 (memory s') (word_add dst (word (16 * j))) =
                        block k (tweaks j t)
                          (read128 (memory s) (word_add src (word (16 * j))))) /\
               (!b. ~(b IN range dst z UNION range (word_add sp (word 80)) 320)
                    ==> memory s' b = memory s b))
   ==> !n s first dst src.
      0 < n /\ n < 2 EXP 64 /\ z * n <= 2 EXP 64 /\
      group_ready k (cipher w2 first) sp s /\
      unit_ready w2 (word_add first (word 1)) keys sp s /\
      program_counter s = at_head /\ xsp 0 s = dst /\ xsp 1 s = src /\
      xsp 2 s = word n /\ xsp 3 s = word z /\
      within src (z * n) rd /\ within dst (z * n) wr /\
      apart dst (z * n) sp 400 /\ apart src (z * n) sp 400 /\
      apart keys 720 dst (z * n) /\ in_place_or_apart src dst (z * n)
      ==> ?s'. reaches base code rd wr s s' /\
               program_counter s' = at_after /\
               xsp 0 s' = word_add dst (word (z * n)) /\
               xsp 1 s' = word_add src (word (z * n)) /\
               xsp 2 s' = word 0 /\ xsp 3 s' = word z /\ xsp 5 s' = keys /\
               unit_left keys s' /\
               keeps_x l s s' /\ keeps_v l' s s' /\
               whole s' /\ xsp 31 s' = sp /\
               (!u j. u < n /\ j < count
                    ==> read128 (memory s')
                          (word_add dst (word (z * u + 16 * j))) =
                        block k (tweaks j (cipher w2 (word_add first (word u))))
                          (read128 (memory s)
                            (word_add src (word (z * u + 16 * j))))) /\
               (!b. ~(b IN range dst (z * n) UNION
                           range (word_add sp (word 80)) 320)
                    ==> memory s' b = memory s b)`,
  REWRITE_TAC[LET_DEF; LET_END_DEF] THEN
  REPEAT GEN_TAC THEN ABBREV_TAC `z = 16 * count` THEN
  DISCH_THEN(LABEL_TAC "unit") THEN
  INDUCT_TAC THEN REWRITE_TAC[LT_REFL; LT_0] THEN
  REPEAT GEN_TAC THEN STRIP_TAC THEN
  SUBGOAL_THEN `within src z rd /\ within (word_add src (word z)) (z * n) rd /\
    within dst z wr /\ within (word_add dst (word z)) (z * n) wr`
    STRIP_ASSUME_TAC THENL
   [REPEAT CONJ_TAC THENL
     [MATCH_MP_TAC(REWRITE_RULE[IMP_IMP] WITHIN_PREFIX);
      MATCH_MP_TAC(REWRITE_RULE[IMP_IMP] WITHIN_PART);
      MATCH_MP_TAC(REWRITE_RULE[IMP_IMP] WITHIN_PREFIX);
      MATCH_MP_TAC(REWRITE_RULE[IMP_IMP] WITHIN_PART)] THEN
    EXISTS_TAC `z * SUC n` THEN ASM_REWRITE_TAC[] THEN
    REWRITE_TAC[MULT_CLAUSES] THEN ARITH_TAC; ALL_TAC] THEN
  SUBGOAL_THEN `apart dst z sp 400 /\ apart (word_add dst (word z)) (z * n) sp 400 /\
    apart src z sp 400 /\ apart (word_add src (word z)) (z * n) sp 400 /\
    apart dst z keys 720 /\ apart (word_add dst (word z)) (z * n) keys 720`
    STRIP_ASSUME_TAC THENL
   [REPEAT CONJ_TAC THENL
     [MATCH_MP_TAC APART_PREFIX; MATCH_MP_TAC APART_WEAKEN;
      MATCH_MP_TAC APART_PREFIX; MATCH_MP_TAC APART_WEAKEN;
      MATCH_MP_TAC APART_PREFIX; MATCH_MP_TAC APART_WEAKEN] THEN
    EXISTS_TAC `z * SUC n` THEN ASM_SIMP_TAC[APART_SYM] THEN
    REWRITE_TAC[MULT_CLAUSES] THEN ARITH_TAC; ALL_TAC] THEN
  SUBGOAL_THEN `in_place_or_apart src dst z` ASSUME_TAC THENL
   [MATCH_MP_TAC IN_PLACE_PREFIX THEN EXISTS_TAC `z * SUC n` THEN
    ASM_REWRITE_TAC[MULT_CLAUSES] THEN ARITH_TAC; ALL_TAC] THEN
  SUBGOAL_THEN `in_place_or_apart (word_add src (word z)) (word_add dst (word z))
                                  (z * n)` ASSUME_TAC THENL
   [UNDISCH_TAC `in_place_or_apart src dst (z * SUC n)` THEN
    REWRITE_TAC[in_place_or_apart] THEN STRIP_TAC THEN ASM_REWRITE_TAC[] THEN
    DISJ2_TAC THEN MATCH_MP_TAC APART_BOTH THEN
    MAP_EVERY EXISTS_TAC [`z * SUC n`; `z * SUC n`] THEN
    ASM_REWRITE_TAC[MULT_CLAUSES] THEN ARITH_TAC; ALL_TAC] THEN
  REMOVE_THEN "unit" (fun th -> MP_TAC(SPECL [`s:st`; `cipher w2 first`;
    `word_add first (word 1):int128`; `dst:int64`; `src:int64`] th)) THEN
  ANTS_TAC THENL [ASM_SIMP_TAC[APART_SYM]; ALL_TAC] THEN
  SUBGOAL_THEN `n < 2 EXP 64` (STRIP_ASSUME_TAC o MATCH_MP COUNTER) THENL
   [ASM_ARITH_TAC; ASM_REWRITE_TAC[]] THEN
  DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
  SUBGOAL_THEN `whole u /\ xsp 31 u = sp /\ xsp 5 u = keys` STRIP_ASSUME_TAC THENL
   [MATCH_MP_TAC READY_REGISTERS THEN
    MAP_EVERY EXISTS_TAC [`k:num->int128`; `cipher w2 (word_add first (word 1))`;
      `w2:num->int128`; `word_add (word_add first (word 1)) (word 1):int128`] THEN
    ASM_REWRITE_TAC[]; ALL_TAC] THEN
  ASM_CASES_TAC `n = 0` THENL
   [UNDISCH_THEN `n = 0` SUBST_ALL_TAC THEN EXISTS_TAC `u:st` THEN
    RULE_ASSUM_TAC(REWRITE_RULE[]) THEN
    REWRITE_TAC[ARITH_RULE `z * SUC 0 = z`; ARITH_RULE `u < SUC 0 <=> u = 0`] THEN
    ASM_REWRITE_TAC[] THEN REPEAT STRIP_TAC THEN
    ASM_SIMP_TAC[MULT_CLAUSES; ADD_CLAUSES;
                 WORD_RULE `word_add x (word 0) : int128 = x`]; ALL_TAC] THEN
  FIRST_X_ASSUM(MP_TAC o SPECL [`u:st`; `word_add first (word 1):int128`;
    `word_add dst (word z):int64`; `word_add src (word z):int64`]) THEN
  ANTS_TAC THENL
   [RULE_ASSUM_TAC(REWRITE_RULE[MULT_CLAUSES]) THEN
    ASM_SIMP_TAC[APART_SYM] THEN ASM_ARITH_TAC; ALL_TAC] THEN
  DISCH_THEN(X_CHOOSE_THEN `v:st` STRIP_ASSUME_TAC) THEN
  SUBGOAL_THEN `!p. word_add (word_add p (word z)) (word (z * n)) : int64 =
                    word_add p (word (z * SUC n))` ASSUME_TAC THENL
   [REWRITE_TAC[WORD_ADD_ASSOC_NUM; MULT_CLAUSES]; ALL_TAC] THEN
  EXISTS_TAC `v:st` THEN ASM_REWRITE_TAC[] THEN REPEAT CONJ_TAC THENL
   [ASM_MESON_TAC[REACHES_TRANS]; ASM_MESON_TAC[KEEPS_TRANS];
    ASM_MESON_TAC[KEEPS_TRANS]; ALL_TAC;
    X_GEN_TAC `b:int64` THEN DISCH_TAC THEN
    TRANS_TAC EQ_TRANS `memory u (b:int64)` THEN CONJ_TAC THEN
    FIRST_X_ASSUM MATCH_MP_TAC THEN
    MP_TAC(SPECL [`dst:int64`; `z * SUC n`; `z:num`] RANGE_PREFIX) THEN
    MP_TAC(SPECL [`dst:int64`; `z * SUC n`; `z:num`; `z * n`] RANGE_PART) THEN
    REWRITE_TAC[MULT_CLAUSES; LE_ADD; LE_REFL] THEN
    UNDISCH_TAC `~(b IN range dst (z * SUC n) UNION
                       range (word_add sp (word 80)) 320)` THEN
    REWRITE_TAC[MULT_CLAUSES] THEN SET_TAC[]] THEN
  MAP_EVERY X_GEN_TAC [`i:num`; `j:num`] THEN STRIP_TAC THEN
  ASM_CASES_TAC `i = 0` THENL
   [ASM_REWRITE_TAC[MULT_CLAUSES; ADD_CLAUSES;
                    WORD_RULE `word_add x (word 0) : int128 = x`] THEN
    TRANS_TAC EQ_TRANS `read128 (memory u) (word_add dst (word (16 * j)))` THEN
    CONJ_TAC THENL [ALL_TAC; ASM_SIMP_TAC[]] THEN
    MATCH_MP_TAC READ_KEPT THEN
    MAP_EVERY EXISTS_TAC [`word_add dst (word z):int64`; `z * n`;
      `word_add sp (word 80):int64`; `320`] THEN
    ASM_REWRITE_TAC[] THEN CONJ_TAC THENL
     [MATCH_MP_TAC(REWRITE_RULE[IMP_IMP] APART_SAME) THEN
      RULE_ASSUM_TAC(REWRITE_RULE[MULT_CLAUSES]) THEN ASM_ARITH_TAC;
      MATCH_MP_TAC SLOTS_320_APART THEN EXISTS_TAC `z:num` THEN
      ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC]; ALL_TAC] THEN
  SUBGOAL_THEN `?h. i = SUC h /\ h < n` STRIP_ASSUME_TAC THENL
   [EXISTS_TAC `i - 1` THEN ASM_ARITH_TAC; ALL_TAC] THEN
  SUBGOAL_THEN `z * SUC h + 16 * j = z + z * h + 16 * j` ASSUME_TAC THENL
   [REWRITE_TAC[MULT_CLAUSES] THEN ARITH_TAC; ALL_TAC] THEN
  SUBGOAL_THEN `word_add first (word (SUC h)) : int128 =
                word_add (word_add first (word 1)) (word h)` ASSUME_TAC THENL
   [REWRITE_TAC[ADD1] THEN CONV_TAC WORD_RULE; ALL_TAC] THEN
  FIRST_X_ASSUM(MP_TAC o SPECL [`h:num`; `j:num`] o check
    (fun th -> length (fst (strip_forall (concl th))) = 2)) THEN
  ASM_REWRITE_TAC[WORD_ADD_ASSOC_NUM] THEN DISCH_THEN SUBST1_TAC THEN
  AP_TERM_TAC THEN
  MATCH_MP_TAC READ_KEPT THEN
  MAP_EVERY EXISTS_TAC [`dst:int64`; `z:num`; `word_add sp (word 80):int64`;
                        `320`] THEN
  SUBGOAL_THEN `z + z * h + 16 * j + 16 <= z * SUC n` ASSUME_TAC THENL
   [TRANS_TAC LE_TRANS `z + z * SUC h` THEN
    REWRITE_TAC[MULT_CLAUSES; LE_ADD_LCANCEL] THEN
    SUBGOAL_THEN `z * SUC h <= z * n` MP_TAC THENL
     [REWRITE_TAC[LE_MULT_LCANCEL] THEN ASM_ARITH_TAC;
      REWRITE_TAC[MULT_CLAUSES] THEN ASM_ARITH_TAC]; ALL_TAC] THEN
  ASM_REWRITE_TAC[] THEN CONJ_TAC THENL
   [GEN_REWRITE_TAC (RATOR_CONV o RAND_CONV) [GSYM ADD_ZERO] THEN
    MATCH_MP_TAC AHEAD THEN EXISTS_TAC `z * SUC n` THEN ASM_REWRITE_TAC[] THEN
    ASM_ARITH_TAC;
    MATCH_MP_TAC SLOTS_320_APART THEN EXISTS_TAC `z * SUC n` THEN
    ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC]);;

(* The loop over units of one function: m + 4 groups a unit, n units. *)
let UNITS code block_const unit_th =
  let variables = [base_var; rd_var; wr_var; `k:num->int128`;
                   `w2:num->int128`; sp_tm; keys_tm; `m:num`] in
  let fixed = `128 * (m + 4) <= 2 EXP 24 /\
    within sp 400 rd /\ within keys 720 rd /\
    within (word_add sp (word 80)) 320 wr /\ apart keys 720 sp 400` in
  let group,_ = hd (group_loops code) in
  let at_after = rand (find_term (fun t -> is_cond t && type_of t = `:int64`)
    (concl unit_th)) in
  let th = SPECL [code.constant; base_var; rd_var; wr_var; pc_at (group - 3);
    at_after; `k:num->int128`; `w2:num->int128`; sp_tm; keys_tm; block_const;
    caller_registers; `[31]`; `8 * (m + 4)`] UNIT_LOOP in
  let th = REWRITE_RULE[LET_DEF; LET_END_DEF;
    ARITH_RULE `16 * 8 * (m + 4) = 128 * (m + 4)`] th in
  prove(list_mk_forall(variables,mk_imp(fixed,rand (concl th))),
    REPEAT GEN_TAC THEN STRIP_TAC THEN MATCH_MP_TAC th THEN
    REPEAT GEN_TAC THEN STRIP_TAC THEN
    MP_TAC(SPECL [`s:st`; base_var; rd_var; wr_var; `k:num->int128`;
      `w2:num->int128`; `t:int128`; `num:int128`; sp_tm; keys_tm; dst_tm; src_tm;
      `m:num`] unit_th) THEN
    ASM_REWRITE_TAC[]);;

let ENCRYPT_UNITS = UNITS encrypt_body `arm_encrypt` ENCRYPT_UNIT;;
let DECRYPT_UNITS = UNITS decrypt_body `arm_decrypt` DECRYPT_UNIT;;
