(* SPDX-License-Identifier: ISC *)
(* A single unit: its groups, then what remains of its blocks.

     SINGLE_BLOCKS   from the test of a unit's length to that of its tail: the
                     blocks 0 to 8g + r - 1 are done
     SINGLE_CALL     from the call to that test
     WHOLE_SINGLE    from the call to the end of the body, where there is no tail *)

needs "arm_single.ml";;

(* ------------------------------------------------------------------------- *)
(* From the test of the length to that of the tail.                          *)
(* ------------------------------------------------------------------------- *)

let sized_hyps =
 `sized z g r e /\ within src z rd /\ within sp 400 rd /\ within dst z wr /\
  within (word_add sp (word 80)) 320 wr /\
  apart dst z sp 400 /\ apart src z sp 400 /\ in_place_or_apart src dst z`;;

let PARTS = prove
 (`!z g r e src dst sp rd wr.
     sized z g r e /\ within src z rd /\ within dst z wr /\
     within (word_add sp (word 80)) 320 wr /\
     apart dst z sp 400 /\ apart src z sp 400 /\ in_place_or_apart src dst z
     ==> 128 * g <= 2 EXP 64 /\
         within src (128 * g) rd /\ within dst (128 * g) wr /\
         within (word_add sp (word 80)) 256 wr /\
         apart dst (128 * g) sp 400 /\ apart src (128 * g) sp 400 /\
         in_place_or_apart src dst (128 * g) /\
         within (word_add src (word (128 * g))) (16 * r) rd /\
         within (word_add dst (word (128 * g))) (16 * r) wr /\
         apart (word_add dst (word (128 * g))) (16 * r) sp 400`,
  REWRITE_TAC[sized] THEN REPEAT GEN_TAC THEN
  DISCH_THEN(REPEAT_TCL CONJUNCTS_THEN ASSUME_TAC) THEN
  SUBGOAL_THEN `128 * g <= z /\ 128 * g + 16 * r <= z` STRIP_ASSUME_TAC THENL
   [ASM_ARITH_TAC; ALL_TAC] THEN
  REPEAT CONJ_TAC THENL
   [ASM_ARITH_TAC;
    MATCH_MP_TAC WITHIN_PREFIX;
    MATCH_MP_TAC WITHIN_PREFIX;
    MATCH_MP_TAC WITHIN_PREFIX THEN EXISTS_TAC `320`;
    MATCH_MP_TAC APART_PREFIX; MATCH_MP_TAC APART_PREFIX;
    MATCH_MP_TAC IN_PLACE_PREFIX;
    MATCH_MP_TAC WITHIN_PART;
    MATCH_MP_TAC WITHIN_PART;
    MATCH_MP_TAC APART_WEAKEN] THEN
  ((EXISTS_TAC `z:num` THEN ASM_REWRITE_TAC[] THEN NO_TAC) ORELSE
   (ASM_REWRITE_TAC[] THEN ARITH_TAC)));;

let single_groups_goal = mk_imp(list_mk_conj(
 [`group_ready k t sp s`; `program_counter s = at_single`; `xsp 0 s = dst`;
  `xsp 1 s = src`; `xsp 3 s = word z`; sized_hyps]),
 `?s'. reaches base code rd wr s s' /\
       remaining_ready k (tweaks (8 * g) t) sp s' /\
       program_counter s' = at_remaining /\
       xsp 0 s' = word_add dst (word (128 * g)) /\
       xsp 1 s' = word_add src (word (128 * g)) /\
       xsp 2 s' = word r /\ xsp 3 s' = word (e MOD 16) /\
       xsp 5 s' = xsp 5 s /\ xsp 7 s' = word 0 /\
       keeps_x callers s s' /\ keeps_v [31] s s' /\
       (!j. j < 8 * g
            ==> read128 (memory s') (word_add dst (word (16 * j))) =
                block k (tweaks j t)
                  (read128 (memory s) (word_add src (word (16 * j))))) /\
       (!b. ~(b IN range dst (128 * g) UNION range (word_add sp (word 80)) 320)
            ==> memory s' b = memory s b)`);;

let single_variables = [`s:st`; base_var; rd_var; wr_var; `k:num->int128`;
  `t:int128`; sp_tm; dst_tm; src_tm; `z:num`; `g:num`; `r:num`; `e:num`];;

let SINGLE_GROUPS code block_const loop =
  let head = SINGLE_HEAD code and ninth = NINTH code in
  let goal = subst [code.constant,code_var;
    pc_at (single_head code),`at_single:int64`;
    pc_at (remaining_head code),`at_remaining:int64`;
    caller_registers,`callers:num list`;
    block_const,block_var]
    single_groups_goal in
  prove(list_mk_forall(single_variables,goal),
    REPEAT GEN_TAC THEN STRIP_TAC THEN
    MP_TAC(SPECL [`z:num`; `g:num`; `r:num`; `e:num`; src_tm; dst_tm; sp_tm;
                  rd_var; wr_var] PARTS) THEN
    FIRST_ASSUM(MP_TAC o REWRITE_RULE[LET_DEF; LET_END_DEF] o MATCH_MP SIZES) THEN
    ASM_REWRITE_TAC[] THEN
    DISCH_THEN STRIP_ASSUME_TAC THEN DISCH_THEN STRIP_ASSUME_TAC THEN
    MP_TAC(SPECL [`s:st`; base_var; rd_var; wr_var; `k:num->int128`; `t:int128`;
                  sp_tm] head) THEN
    ASM_REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
    ASM_CASES_TAC `g = 0` THENL
     [UNDISCH_THEN `g = 0` SUBST_ALL_TAC THEN EXISTS_TAC `u:st` THEN
      RULE_ASSUM_TAC(REWRITE_RULE[]) THEN
      ASM_REWRITE_TAC[MULT_CLAUSES; tweaks; LT; ADD_ZERO; IN_UNION;
                      DE_MORGAN_THM] THEN
      ASM_SIMP_TAC[]; ALL_TAC] THEN
    SUBGOAL_THEN `group_ready k t sp u` ASSUME_TAC THENL
     [ASM_MESON_TAC[remaining_ready]; ALL_TAC] THEN
    MP_TAC(SPECL [base_var; rd_var; wr_var; `k:num->int128`; `g:num`; `u:st`;
      `t:int128`; dst_tm; src_tm; sp_tm] loop) THEN
    ANTS_TAC THENL
     [RULE_ASSUM_TAC(REWRITE_RULE[]) THEN ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC;
      REWRITE_TAC[keeps_x; keeps_v; ALL]] THEN
    DISCH_THEN(X_CHOOSE_THEN `v:st` STRIP_ASSUME_TAC) THEN
    MP_TAC(SPECL [`v:st`; base_var; rd_var; wr_var; `k:num->int128`;
      `tweaks (8 * g) t`; sp_tm] ninth) THEN
    ASM_REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `w:st` STRIP_ASSUME_TAC) THEN
    EXISTS_TAC `w:st` THEN
    CONJ_TAC THENL [ASM_MESON_TAC[REACHES_TRANS]; ALL_TAC] THEN
    ASM_REWRITE_TAC[] THEN CONJ_TAC THENL
     [X_GEN_TAC `j:num` THEN DISCH_TAC THEN
      TRANS_TAC EQ_TRANS `read128 (memory v) (word_add dst (word (16 * j)))` THEN
      CONJ_TAC THENL
       [MATCH_MP_TAC FRAME_KEPT THEN
        MAP_EVERY EXISTS_TAC [sp_tm; `128 * g`; `80`; `320`] THEN
        ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC; ALL_TAC] THEN
      ASM_SIMP_TAC[] THEN AP_TERM_TAC THEN MATCH_MP_TAC FRAME_KEPT THEN
      MAP_EVERY EXISTS_TAC [sp_tm; `128 * g`; `80`; `320`] THEN
      ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC;
      X_GEN_TAC `b:int64` THEN DISCH_TAC THEN
      TRANS_TAC EQ_TRANS `memory v (b:int64)` THEN CONJ_TAC THENL
       [ALL_TAC; TRANS_TAC EQ_TRANS `memory u (b:int64)` THEN CONJ_TAC] THEN
      FIRST_X_ASSUM MATCH_MP_TAC THEN
      MP_TAC(SPECL [`word_add sp (word 80):int64`; `320`; `256`] RANGE_PREFIX) THEN
      REWRITE_TAC[ARITH_RULE `256 <= 320`] THEN ASM SET_TAC[]]);;

let single_blocks_goal = mk_imp(list_mk_conj(
 [`group_ready k t sp s`; `program_counter s = at_single`; `xsp 0 s = dst`;
  `xsp 1 s = src`; `xsp 3 s = word z`; sized_hyps]),
 `?s'. reaches base code rd wr s s' /\ whole s' /\
       program_counter s' = at_steal /\ xsp 31 s' = sp /\
       xsp 0 s' = word_add dst (word (16 * (8 * g + r))) /\
       xsp 1 s' = word_add src (word (16 * (8 * g + r))) /\
       xsp 2 s' = word r /\ xsp 3 s' = word (e MOD 16) /\
       xsp 5 s' = xsp 5 s /\ xsp 7 s' = word 0 /\
       xsp 8 s' = word_add sp (word (80 + 32 * r)) /\
       keeps_x callers s s' /\ keeps_v [31] s s' /\
       (!i. i < 13 ==> vreg (16 + i) s' = k (1 + i)) /\
       (!i. i < 2
            ==> read128 (memory s') (word_add sp (word (80 + 32 * (r + i)))) =
                  word_xor (tweaks (8 * g + r + i) t) (k 0) /\
                read128 (memory s') (word_add sp (word (96 + 32 * (r + i)))) =
                  word_xor (tweaks (8 * g + r + i) t) (k 14)) /\
       (!j. j < 8 * g + r
            ==> read128 (memory s') (word_add dst (word (16 * j))) =
                block k (tweaks j t)
                  (read128 (memory s) (word_add src (word (16 * j))))) /\
       (!b. ~(b IN range dst (16 * (8 * g + r)) UNION
                   range (word_add sp (word 80)) 320)
            ==> memory s' b = memory s b)`);;

let SINGLE_BLOCKS code block_const groups remaining =
  let goal = subst [code.constant,code_var;
    pc_at (single_head code),`at_single:int64`;
    pc_at (tail_test code),`at_steal:int64`;
    caller_registers,`callers:num list`;
    block_const,block_var]
    single_blocks_goal in
  prove(list_mk_forall(single_variables,goal),
    REPEAT GEN_TAC THEN STRIP_TAC THEN
    MP_TAC(SPECL [`z:num`; `g:num`; `r:num`; `e:num`; src_tm; dst_tm; sp_tm;
                  rd_var; wr_var] PARTS) THEN
    ASM_REWRITE_TAC[] THEN DISCH_THEN STRIP_ASSUME_TAC THEN
    MP_TAC(SPECL single_variables groups) THEN
    ASM_REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
    SUBGOAL_THEN `r < 8 /\ 128 * g + 16 * r <= z /\ z <= 2 EXP 24`
      STRIP_ASSUME_TAC THENL
     [UNDISCH_TAC `sized z g r e` THEN REWRITE_TAC[sized] THEN ARITH_TAC;
      ALL_TAC] THEN
    MP_TAC(SPECL [`u:st`; base_var; rd_var; wr_var; `k:num->int128`;
      `tweaks (8 * g) t`; sp_tm; `word_add dst (word (128 * g)):int64`;
      `word_add src (word (128 * g)):int64`] (UNDISCH (SPEC `r:num` remaining)))
    THEN
    ASM_REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `v:st` STRIP_ASSUME_TAC) THEN
    SUBGOAL_THEN `group_ready k (tweaks (8 * g) t) sp u` MP_TAC THENL
     [ASM_MESON_TAC[remaining_ready]; ALL_TAC] THEN
    GEN_REWRITE_TAC LAND_CONV [group_ready] THEN STRIP_TAC THEN
    EXISTS_TAC `v:st` THEN
    CONJ_TAC THENL [ASM_MESON_TAC[REACHES_TRANS]; ALL_TAC] THEN
    ASM_REWRITE_TAC[WORD_ADD_ASSOC_NUM;
      ARITH_RULE `128 * g + 16 * r = 16 * (8 * g + r)`] THEN
    REPEAT CONJ_TAC THENL
     [UNDISCH_TAC `!i. i < 13 ==> vreg (16 + i) u : int128 = k (1 + i)` THEN
      CONV_TAC(BINOP_CONV EXPAND_CASES_CONV) THEN CONV_TAC NUM_REDUCE_CONV THEN
      ASM_REWRITE_TAC[];
      X_GEN_TAC `i:num` THEN DISCH_TAC THEN
      MP_TAC(SPECL [`k:num->int128`; `tweaks (8 * g) t`; sp_tm; `u:st`; `r + i:num`]
        REMAINING_SLOT) THEN
      ANTS_TAC THENL [ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC; ALL_TAC] THEN
      REWRITE_TAC[TWEAKS_ADD; ARITH_RULE `(r + i) + 8 * g = 8 * g + r + i`] THEN
      DISCH_THEN(CONJUNCTS_THEN (SUBST1_TAC o SYM)) THEN CONJ_TAC THEN
      MATCH_MP_TAC APART_KEPT THEN
      MAP_EVERY EXISTS_TAC [`word_add dst (word (128 * g)):int64`; `16 * r`] THEN
      ASM_REWRITE_TAC[] THEN MATCH_MP_TAC APART_WEAKEN THEN EXISTS_TAC `400` THEN
      ASM_SIMP_TAC[APART_SYM] THEN ASM_ARITH_TAC;
      ALL_TAC;
      X_GEN_TAC `b:int64` THEN DISCH_TAC THEN
      TRANS_TAC EQ_TRANS `memory u (b:int64)` THEN CONJ_TAC THEN
      FIRST_X_ASSUM MATCH_MP_TAC THEN
      MP_TAC(SPECL [dst_tm; `16 * (8 * g + r)`; `128 * g`] RANGE_PREFIX) THEN
      MP_TAC(SPECL [dst_tm; `16 * (8 * g + r)`; `128 * g`; `16 * r`] RANGE_PART) THEN
      REWRITE_TAC[ARITH_RULE `128 * g + 16 * r <= 16 * (8 * g + r) /\
                              128 * g <= 16 * (8 * g + r)`] THEN
      ASM SET_TAC[]] THEN
    X_GEN_TAC `j:num` THEN DISCH_TAC THEN ASM_CASES_TAC `j < 8 * g` THENL
     [TRANS_TAC EQ_TRANS `read128 (memory u) (word_add dst (word (16 * j)))` THEN
      CONJ_TAC THENL [ALL_TAC; ASM_SIMP_TAC[]] THEN
      MATCH_MP_TAC APART_KEPT THEN
      MAP_EVERY EXISTS_TAC [`word_add dst (word (128 * g)):int64`; `16 * r`] THEN
      ASM_REWRITE_TAC[] THEN MATCH_MP_TAC APART_SAME THEN
      ASM_ARITH_TAC; ALL_TAC] THEN
    SUBGOAL_THEN `?i. j = 8 * g + i /\ i < r` STRIP_ASSUME_TAC THENL
     [EXISTS_TAC `j - 8 * g` THEN ASM_ARITH_TAC; ALL_TAC] THEN
    FIRST_X_ASSUM(MP_TAC o SPEC `i:num` o check (fun th ->
      is_forall (concl th) && can (find_term ((=) `v:st`)) (concl th) &&
      can (find_term ((=) `read128`)) (concl th))) THEN
    ASM_REWRITE_TAC[TWEAKS_ADD; WORD_ADD_ASSOC_NUM;
      ARITH_RULE `128 * g + 16 * i = 16 * (8 * g + i) /\ i + 8 * g = 8 * g + i`] THEN
    DISCH_THEN SUBST1_TAC THEN AP_TERM_TAC THEN MATCH_MP_TAC READ_KEPT THEN
    MAP_EVERY EXISTS_TAC [dst_tm; `128 * g`; `word_add sp (word 80):int64`;
                          `320`] THEN
    ASM_REWRITE_TAC[] THEN CONJ_TAC THENL
     [GEN_REWRITE_TAC (RATOR_CONV o RAND_CONV) [GSYM ADD_ZERO] THEN
      MATCH_MP_TAC AHEAD THEN EXISTS_TAC `z:num` THEN ASM_REWRITE_TAC[] THEN
      ASM_ARITH_TAC;
      MATCH_MP_TAC SLOTS_APART THEN EXISTS_TAC `z:num` THEN
      ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC]);;

let single_blocks code const block groups =
  SINGLE_BLOCKS code const (SINGLE_GROUPS code const groups)
    (REMAINING code const block);;
let ENCRYPT_SINGLE_BLOCKS =
  single_blocks encrypt_body `arm_encrypt` ENCRYPT_BLOCK ENCRYPT_SINGLE_GROUPS;;
let DECRYPT_SINGLE_BLOCKS =
  single_blocks decrypt_body `arm_decrypt` DECRYPT_BLOCK DECRYPT_SINGLE_GROUPS;;

(* ------------------------------------------------------------------------- *)
(* From the call to the test of the tail.                                    *)
(* ------------------------------------------------------------------------- *)

let single_hyps rest =
 [call_hyps; keys_hyps;
  subst [rest,`e:num`]
   `xsp 2 s = word 1 /\ xsp 3 s = word z /\ sized z g r e /\
    ~(word_and (word z) (word 511) : int64 = word 0)`;
  `within src z rd /\ within dst z wr /\
   apart dst z sp 400 /\ apart src z sp 400 /\ in_place_or_apart src dst z`];;

let done_results =
 `!j. j < 8 * g + r
      ==> read128 (memory s') (word_add dst (word (16 * j))) =
          block (k:num->int128) (tweaks j (cipher w2 (read128 (memory s) tweak)))
            (read128 (memory s) (word_add src (word (16 * j))))`;;

let single_call_goal = call_goal_of (single_hyps `e:num`)
 [`whole s' /\ program_counter s' = at_tail /\ xsp 31 s' = sp /\
   xsp 0 s' = word_add dst (word (16 * (8 * g + r))) /\
   xsp 1 s' = word_add src (word (16 * (8 * g + r))) /\
   xsp 2 s' = word r /\ xsp 3 s' = word (e MOD 16) /\
   xsp 5 s' = keys /\ xsp 7 s' = word 0 /\
   xsp 8 s' = word_add sp (word (80 + 32 * r)) /\
   keeps_x [18; 19; 20; 21; 22; 23; 24; 25; 26; 27; 28] s s' /\
   keeps_v [31] s s' /\
   (!i. i < 13 ==> vreg (16 + i) s' = k (1 + i)) /\
   (!i. i < 2
        ==> read128 (memory s') (word_add sp (word (80 + 32 * (r + i)))) =
              word_xor (tweaks (8 * g + r + i)
                (cipher w2 (read128 (memory s) tweak))) (k 0) /\
            read128 (memory s') (word_add sp (word (96 + 32 * (r + i)))) =
              word_xor (tweaks (8 * g + r + i)
                (cipher w2 (read128 (memory s) tweak))) (k 14))`;
  saved_results; done_results;
  `!b. ~(b IN range dst (16 * (8 * g + r)) UNION range sp 400)
       ==> memory s' b = memory s b`];;

let single_call_variables = call_variables @ [`z:num`; `g:num`; `r:num`];;

let SINGLE_SAVED = prove
 (`!m m' sp dst q z.
     (!b. ~(b IN range dst q UNION range (word_add sp (word 80)) 320)
          ==> m' b = m b) /\
     q <= z /\ apart dst z sp 400
     ==> !c. c + 16 <= 80
             ==> read128 m' (word_add sp (word c)) = read128 m (word_add sp (word c))`,
  REPEAT STRIP_TAC THEN MATCH_MP_TAC SAVED_KEPT THEN
  MAP_EVERY EXISTS_TAC [`dst:int64`; `q:num`] THEN ASM_REWRITE_TAC[] THEN
  ASM_MESON_TAC[APART_PREFIX]);;

let SINGLE_CALL code const schedule blocks =
  let entry = ENTRY code schedule (mk_neg whole_groups) (single_head code) in
  let goal = subst [code.constant,code_var; pc_at (tail_test code),`at_tail:int64`;
    mk_small_numeral schedule,`schedule:num`; const,block_var]
    single_call_goal in
  prove(list_mk_forall(single_call_variables @ [`e:num`],goal),
    REPEAT GEN_TAC THEN STRIP_TAC THEN
    SUBGOAL_THEN `16 * (8 * g + r) <= z` ASSUME_TAC THENL
     [UNDISCH_TAC `sized z g r e` THEN REWRITE_TAC[sized] THEN ARITH_TAC;
      ALL_TAC] THEN
    FIRST_ASSUM(ASSUME_TAC o MATCH_MP SLOTS_WITHIN o check (fun th ->
      concl th = `within sp 400 wr`)) THEN
    MP_TAC(SPECL call_variables entry) THEN
    ANTS_TAC THENL
     [ASM_REWRITE_TAC[] THEN CONV_TAC WORD_REDUCE_CONV; ALL_TAC] THEN
    REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
    SUBGOAL_THEN `xsp 5 u = keys` ASSUME_TAC THENL
     [ASM_MESON_TAC[unit_ready]; ALL_TAC] THEN
    MP_TAC(SPECL [`u:st`; base_var; rd_var; wr_var; `k:num->int128`;
      `cipher w2 (read128 (memory s) tweak)`; sp_tm; dst_tm; src_tm; `z:num`;
      `g:num`; `r:num`; `e:num`] blocks) THEN
    ANTS_TAC THENL [ASM_REWRITE_TAC[]; ALL_TAC] THEN
    ASM_REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `v:st` STRIP_ASSUME_TAC) THEN
    EXISTS_TAC `v:st` THEN
    CONJ_TAC THENL [ASM_MESON_TAC[REACHES_TRANS]; ALL_TAC] THEN
    MP_TAC(SPECL [`memory u`; `memory v`; sp_tm; dst_tm; `16 * (8 * g + r)`;
      `z:num`] SINGLE_SAVED) THEN
    ASM_REWRITE_TAC[] THEN DISCH_TAC THEN REPEAT CONJ_TAC THENL
     [FIRST_ASSUM(MP_TAC o SPEC `0`) THEN REWRITE_TAC[ADD_ZERO] THEN
      ANTS_TAC THENL [ARITH_TAC; DISCH_THEN SUBST1_TAC] THEN ASM_REWRITE_TAC[];
      REPEAT STRIP_TAC THEN FIRST_X_ASSUM(MP_TAC o SPEC `16 + 16 * i`) THEN
      ANTS_TAC THENL [ASM_ARITH_TAC; DISCH_THEN SUBST1_TAC] THEN
      ASM_SIMP_TAC[];
      X_GEN_TAC `j:num` THEN DISCH_TAC THEN ASM_SIMP_TAC[] THEN
      AP_TERM_TAC THEN MATCH_MP_TAC FRAME_KEPT THEN
      MAP_EVERY EXISTS_TAC [sp_tm; `z:num`; `0`; `400`] THEN
      ASM_REWRITE_TAC[ADD_ZERO] THEN ASM_ARITH_TAC;
      X_GEN_TAC `b:int64` THEN DISCH_TAC THEN
      TRANS_TAC EQ_TRANS `memory u (b:int64)` THEN CONJ_TAC THEN
      FIRST_X_ASSUM MATCH_MP_TAC THEN
      MP_TAC(SPEC sp_tm SLOTS_RANGE) THEN ASM SET_TAC[]]);;

let ENCRYPT_SINGLE_CALL =
  SINGLE_CALL encrypt_body `arm_encrypt` 0 ENCRYPT_SINGLE_BLOCKS;;
let DECRYPT_SINGLE_CALL =
  SINGLE_CALL decrypt_body `arm_decrypt` 240 DECRYPT_SINGLE_BLOCKS;;

(* ------------------------------------------------------------------------- *)
(* A unit of whole blocks, from the call.                                    *)
(* ------------------------------------------------------------------------- *)

(* x5 is what is said of register 5, and what follows it. *)
let single_results x5 =
 [left_results;
  `xsp 0 s' = word_add dst (word (16 * (8 * g + r))) /\
   xsp 1 s' = word_add src (word (16 * (8 * g + r))) /\
   xsp 2 s' = word r /\ xsp 8 s' = word_add sp (word (80 + 32 * r)) /\
   ALL (\i. xsp i s' = word 0)
     [3; 4; 6; 7; 9; 10; 11; 12; 13; 14; 15; 16; 17]`;
  x5; done_results;
  `!b. ~(b IN range dst z UNION range sp 400) ==> memory s' b = memory s b`];;

let WHOLE_SINGLE code const schedule call =
  let exit = EXIT code (tail_test code) `xsp 3 s = word 0` in
  let goal = subst [code.constant,code_var; pc_at (body_end code),`at_end:int64`;
    mk_small_numeral schedule,`schedule:num`; const,block_var]
    (call_goal_of (single_hyps `0`) (single_results `xsp 5 s' = keys`)) in
  prove(list_mk_forall(single_call_variables,goal),
    REPEAT GEN_TAC THEN STRIP_TAC THEN
    SUBGOAL_THEN `16 * (8 * g + r) = z` ASSUME_TAC THENL
     [UNDISCH_TAC `sized z g r 0` THEN REWRITE_TAC[sized] THEN ARITH_TAC;
      ALL_TAC] THEN
    FIRST_ASSUM(ASSUME_TAC o MATCH_MP SLOTS_WITHIN o check (fun th ->
      concl th = `within sp 400 wr`)) THEN
    MP_TAC(SPECL (single_call_variables @ [`0`]) call) THEN
    ANTS_TAC THENL [ASM_REWRITE_TAC[]; ALL_TAC] THEN
    ASM_REWRITE_TAC[keeps_x; keeps_v; ALL; ARITH_RULE `0 MOD 16 = 0`] THEN
    DISCH_THEN(X_CHOOSE_THEN `v:st` STRIP_ASSUME_TAC) THEN
    MP_TAC(SPECL [`v:st`; base_var; rd_var; wr_var; sp_tm; `xsp 30 s`; `xsp 29 s`;
      `\i. low (vreg i s)`] exit) THEN
    ANTS_TAC THENL [ASM_REWRITE_TAC[]; ALL_TAC] THEN
    REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `w:st` STRIP_ASSUME_TAC) THEN
    EXISTS_TAC `w:st` THEN
    CONJ_TAC THENL [ASM_MESON_TAC[REACHES_TRANS]; ALL_TAC] THEN
    ASM_REWRITE_TAC[] THEN CONJ_TAC THENL
     [X_GEN_TAC `j:num` THEN STRIP_TAC THEN
      SUBGOAL_THEN `16 * j + 16 <= z` ASSUME_TAC THENL
       [ASM_ARITH_TAC; ALL_TAC] THEN
      TRANS_TAC EQ_TRANS `read128 (memory v) (word_add dst (word (16 * j)))` THEN
      CONJ_TAC THENL
       [MATCH_MP_TAC FRAME_KEPT THEN
        MAP_EVERY EXISTS_TAC [sp_tm; `z:num`; `80`; `320`] THEN
        ASM_REWRITE_TAC[] THEN ARITH_TAC;
        ASM_SIMP_TAC[]];
      X_GEN_TAC `b:int64` THEN DISCH_TAC THEN
      TRANS_TAC EQ_TRANS `memory v (b:int64)` THEN CONJ_TAC THEN
      FIRST_X_ASSUM MATCH_MP_TAC THEN
      MP_TAC(SPEC sp_tm SLOTS_RANGE) THEN ASM SET_TAC[]]);;

let ENCRYPT_WHOLE_SINGLE =
  WHOLE_SINGLE encrypt_body `arm_encrypt` 0 ENCRYPT_SINGLE_CALL;;
let DECRYPT_WHOLE_SINGLE =
  WHOLE_SINGLE decrypt_body `arm_decrypt` 240 DECRYPT_SINGLE_CALL;;
