(* SPDX-License-Identifier: ISC *)
(* Any number of groups, by induction.  GROUP_LOOP is about any code that has
   the property of one group that GROUP in arm_group.ml proves: the loop is left
   with all blocks done, ready for the tweaks after these, and nothing else in
   memory has changed.  The output may be the input, or apart from it. *)

needs "arm_group.ml";;

(* ------------------------------------------------------------------------- *)
(* A loop over groups.                                                       *)
(* ------------------------------------------------------------------------- *)

(* What is read is what was there, if it is apart from what was written. *)
let READ_KEPT = prove
 (`!m n a d k e l.
     (!b. ~(b IN range d k UNION range e l) ==> n b = m b) /\
     apart a 16 d k /\ apart a 16 e l
     ==> read128 n a = read128 m a`,
  REPEAT STRIP_TAC THEN MATCH_MP_TAC READ_SAME THEN
  EXISTS_TAC `range a 16` THEN
  REWRITE_TAC[WITHIN_RANGE; SUBSET_REFL] THEN
  RULE_ASSUM_TAC(REWRITE_RULE[APART_RANGE]) THEN
  REPEAT STRIP_TAC THEN FIRST_X_ASSUM MATCH_MP_TAC THEN ASM SET_TAC[]);;

let KEEPS_TRANS = prove
 (`(!l s t u. keeps_x l s t /\ keeps_x l t u ==> keeps_x l s u) /\
   (!l s t u. keeps_v l s t /\ keeps_v l t u ==> keeps_v l s u)`,
  REWRITE_TAC[keeps_x; keeps_v; GSYM ALL_MEM] THEN MESON_TAC[]);;

(* The counter: one of the n + 1 groups that are left is done. *)
let COUNTER = prove
 (`!n. n < 2 EXP 64
       ==> word_sub (word (SUC n)) (word 1) : int64 = word n /\
           (word n : int64 = word 0 <=> n = 0)`,
  REPEAT STRIP_TAC THENL
   [REWRITE_TAC[ADD1] THEN CONV_TAC WORD_RULE;
    REWRITE_TAC[WORD_EQ; CONG; DIMINDEX_64] THEN ASM_SIMP_TAC[MOD_LT] THEN
    CONV_TAC NUM_REDUCE_CONV]);;

(* One group more, at the front.  Where its data lies *)
let REST_OF_REGION = prove
 (`!p n s. within p (128 * SUC n) s
           ==> within p 128 s /\ within (word_add p (word 128)) (128 * n) s`,
  REPEAT STRIP_TAC THENL
   [MATCH_MP_TAC(REWRITE_RULE[IMP_IMP] WITHIN_PREFIX) THEN
    EXISTS_TAC `128 * SUC n` THEN ASM_REWRITE_TAC[] THEN ARITH_TAC;
    MATCH_MP_TAC(REWRITE_RULE[IMP_IMP] WITHIN_PART) THEN
    EXISTS_TAC `128 * SUC n` THEN ASM_REWRITE_TAC[] THEN ARITH_TAC]);;

let APART_WEAKEN = prove
 (`!p m q n c k. apart p m q n /\ c + k <= m
                 ==> apart (word_add p (word c)) k q n`,
  REPEAT STRIP_TAC THEN
  MP_TAC(SPECL [`p:int64`; `m:num`; `q:int64`; `n:num`; `c:num`; `k:num`; `0`;
                `n:num`] APART_PARTS) THEN
  ASM_REWRITE_TAC[ADD_CLAUSES; LE_REFL; ADD_ZERO]);;

let APART_PREFIX = prove
 (`!p m q n k. apart p m q n /\ k <= m ==> apart p k q n`,
  REPEAT STRIP_TAC THEN
  MP_TAC(SPECL [`p:int64`; `m:num`; `q:int64`; `n:num`; `0`; `k:num`]
    APART_WEAKEN) THEN
  ASM_REWRITE_TAC[ADD_CLAUSES; ADD_ZERO]);;

let APART_BOTH = prove
 (`!p m q n c k d l.
     apart p m q n /\ c + k <= m /\ d + l <= n
     ==> apart (word_add p (word c)) k (word_add q (word d)) l`,
  MESON_TAC[APART_PARTS]);;

let REST_APART = prove
 (`!p n q k. apart p (128 * SUC n) q k
             ==> apart p 128 q k /\ apart (word_add p (word 128)) (128 * n) q k`,
  REPEAT STRIP_TAC THENL
   [MATCH_MP_TAC APART_PREFIX THEN EXISTS_TAC `128 * SUC n`;
    MATCH_MP_TAC APART_WEAKEN THEN EXISTS_TAC `128 * SUC n`] THEN
  ASM_REWRITE_TAC[] THEN ARITH_TAC);;

let SLOTS_APART = prove
 (`!p n sp. apart p n sp 400 ==> apart p n (word_add sp (word 80)) 256`,
  REPEAT STRIP_TAC THEN MATCH_MP_TAC APART_SYM THEN
  MATCH_MP_TAC APART_WEAKEN THEN EXISTS_TAC `400` THEN
  ASM_SIMP_TAC[APART_SYM] THEN ARITH_TAC);;

let in_place_or_apart = new_definition
 `in_place_or_apart src dst n <=> src = dst \/ apart src n dst n`;;

(* Input that is still to be read is no output of the group before it. *)
let AHEAD_APART = prove
 (`!src dst n i.
     in_place_or_apart src dst (128 * SUC n) /\ 128 * SUC n <= 2 EXP 64 /\
     i < 8 * n
     ==> apart (word_add (word_add src (word 128)) (word (16 * i))) 16 dst 128`,
  REWRITE_TAC[in_place_or_apart] THEN REPEAT STRIP_TAC THEN
  REWRITE_TAC[WORD_ADD_ASSOC_NUM] THENL
   [ASM_REWRITE_TAC[] THEN
    MP_TAC(SPECL [`dst:int64`; `128 + 16 * i`; `16`; `0`; `128`] APART_SAME) THEN
    REPEAT(ANTS_TAC THENL [ASM_ARITH_TAC; ALL_TAC]) THEN
    REWRITE_TAC[ADD_ZERO];
    MP_TAC(SPECL [`src:int64`; `128 * SUC n`; `dst:int64`; `128 * SUC n`;
      `128 + 16 * i`; `16`; `0`; `128`] APART_BOTH) THEN
    ANTS_TAC THENL [ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC; ALL_TAC] THEN
    REWRITE_TAC[ADD_ZERO]]);;

(* Output that is there is not written again. *)
let BEHIND_APART = prove
 (`!dst n j.
     128 * SUC n <= 2 EXP 64 /\ j < 8
     ==> apart (word_add dst (word (16 * j))) 16
               (word_add dst (word 128)) (128 * n)`,
  REPEAT STRIP_TAC THEN
  MATCH_MP_TAC(REWRITE_RULE[IMP_IMP] APART_SAME) THEN ASM_ARITH_TAC);;

let REST_IN_PLACE = prove
 (`!src dst n. in_place_or_apart src dst (128 * SUC n)
     ==> in_place_or_apart (word_add src (word 128)) (word_add dst (word 128))
                           (128 * n)`,
  REWRITE_TAC[in_place_or_apart] THEN REPEAT STRIP_TAC THEN
  ASM_REWRITE_TAC[] THEN DISJ2_TAC THEN MATCH_MP_TAC APART_BOTH THEN
  MAP_EVERY EXISTS_TAC [`128 * SUC n`; `128 * SUC n`] THEN
  ASM_REWRITE_TAC[] THEN ARITH_TAC);;

let RANGES_GROW = prove
 (`!dst n. range dst 128 SUBSET range dst (128 * SUC n) /\
           range (word_add dst (word 128)) (128 * n) SUBSET
           range dst (128 * SUC n)`,
  REPEAT GEN_TAC THEN CONJ_TAC THENL
   [MATCH_MP_TAC RANGE_PREFIX; MATCH_MP_TAC RANGE_PART] THEN ARITH_TAC);;

(* A loop whose body is a group runs as often as x7 says. *)
let GROUP_LOOP = prove
 (`!code base rd wr at_from at_after k block kept kept_v.
   (!s t sp dst src.
      group_ready k t sp s /\ program_counter s = at_from /\
      xsp 0 s = dst /\ xsp 1 s = src /\
      within src 128 rd /\ within sp 400 rd /\
      within dst 128 wr /\ within (word_add sp (word 80)) 256 wr /\
      apart dst 128 sp 400
      ==> ?s'. reaches base code rd wr s s' /\
               group_ready k (tweaks 8 t) sp s' /\
               program_counter s' =
                 (if ~(word_sub (xsp 7 s) (word 1) = word 0)
                  then at_from else at_after) /\
               xsp 0 s' = word_add dst (word 128) /\
               xsp 1 s' = word_add src (word 128) /\
               xsp 7 s' = word_sub (xsp 7 s) (word 1) /\
               keeps_x kept s s' /\ keeps_v kept_v s s' /\
               (!j. j < 8
                    ==> read128 (memory s') (word_add dst (word (16 * j))) =
                        block k (tweaks j t)
                          (read128 (memory s) (word_add src (word (16 * j))))) /\
               (!b. ~(b IN range dst 128 UNION
                           range (word_add sp (word 80)) 256)
                    ==> memory s' b = memory s b))
   ==> !n s t dst src sp.
      0 < n /\ 128 * n <= 2 EXP 64 /\
      group_ready k t sp s /\ program_counter s = at_from /\
      xsp 0 s = dst /\ xsp 1 s = src /\ xsp 7 s = word n /\
      within src (128 * n) rd /\ within sp 400 rd /\
      within dst (128 * n) wr /\ within (word_add sp (word 80)) 256 wr /\
      apart dst (128 * n) sp 400 /\ apart src (128 * n) sp 400 /\
      in_place_or_apart src dst (128 * n)
      ==> ?s'. reaches base code rd wr s s' /\
               group_ready k (tweaks (8 * n) t) sp s' /\
               program_counter s' = at_after /\
               xsp 0 s' = word_add dst (word (128 * n)) /\
               xsp 1 s' = word_add src (word (128 * n)) /\
               xsp 7 s' = word 0 /\
               keeps_x kept s s' /\ keeps_v kept_v s s' /\
               (!j. j < 8 * n
                    ==> read128 (memory s') (word_add dst (word (16 * j))) =
                        block k (tweaks j t)
                          (read128 (memory s) (word_add src (word (16 * j))))) /\
               (!b. ~(b IN range dst (128 * n) UNION
                           range (word_add sp (word 80)) 256)
                    ==> memory s' b = memory s b)`,
  REPEAT GEN_TAC THEN DISCH_THEN(LABEL_TAC "group") THEN
  INDUCT_TAC THEN REWRITE_TAC[LT_REFL; LT_0] THEN
  REPEAT GEN_TAC THEN STRIP_TAC THEN
  REMOVE_THEN "group" (fun th -> MP_TAC(SPECL [`s:st`; `t:int128`; `sp:int64`;
    `dst:int64`; `src:int64`] th)) THEN
  MP_TAC(ISPECL [`dst:int64`; `n:num`; `wr:int64->bool`] REST_OF_REGION) THEN
  MP_TAC(ISPECL [`src:int64`; `n:num`; `rd:int64->bool`] REST_OF_REGION) THEN
  MP_TAC(SPECL [`dst:int64`; `n:num`; `sp:int64`; `400`] REST_APART) THEN
  MP_TAC(SPECL [`src:int64`; `n:num`; `sp:int64`; `400`] REST_APART) THEN
  ASM_REWRITE_TAC[] THEN
  DISCH_THEN STRIP_ASSUME_TAC THEN DISCH_THEN STRIP_ASSUME_TAC THEN
  DISCH_THEN STRIP_ASSUME_TAC THEN DISCH_THEN STRIP_ASSUME_TAC THEN
  ASM_REWRITE_TAC[] THEN
  SUBGOAL_THEN `n < 2 EXP 64` (STRIP_ASSUME_TAC o MATCH_MP COUNTER) THENL
   [ASM_ARITH_TAC; ASM_REWRITE_TAC[]] THEN
  DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
  ASM_CASES_TAC `n = 0` THENL
   [UNDISCH_THEN `n = 0` SUBST_ALL_TAC THEN
    EXISTS_TAC `u:st` THEN RULE_ASSUM_TAC(REWRITE_RULE[ARITH]) THEN
    REWRITE_TAC[ARITH_RULE `8 * SUC 0 = 8 /\ 128 * SUC 0 = 128`] THEN
    ASM_REWRITE_TAC[];
    ALL_TAC] THEN
  FIRST_X_ASSUM(MP_TAC o SPECL [`u:st`; `tweaks 8 t`; `word_add dst (word 128):int64`;
    `word_add src (word 128):int64`; `sp:int64`]) THEN
  ANTS_TAC THENL
   [ASM_SIMP_TAC[REST_IN_PLACE] THEN ASM_ARITH_TAC;
    DISCH_THEN(X_CHOOSE_THEN `v:st` STRIP_ASSUME_TAC)] THEN
  EXISTS_TAC `v:st` THEN
  REPEAT CONJ_TAC THENL
   [ASM_MESON_TAC[REACHES_TRANS];
    UNDISCH_TAC `group_ready k (tweaks (8 * n) (tweaks 8 t)) sp v` THEN
    REWRITE_TAC[TWEAKS_ADD; ARITH_RULE `8 * n + 8 = 8 * SUC n`];
    ASM_REWRITE_TAC[];
    ASM_REWRITE_TAC[WORD_ADD_ASSOC_NUM; ARITH_RULE `128 + 128 * n = 128 * SUC n`];
    ASM_REWRITE_TAC[WORD_ADD_ASSOC_NUM; ARITH_RULE `128 + 128 * n = 128 * SUC n`];
    ASM_REWRITE_TAC[];
    ASM_MESON_TAC[KEEPS_TRANS];
    ASM_MESON_TAC[KEEPS_TRANS];
    ALL_TAC;
    X_GEN_TAC `b:int64` THEN DISCH_TAC THEN
    TRANS_TAC EQ_TRANS `memory u (b:int64)` THEN CONJ_TAC THEN
    FIRST_X_ASSUM MATCH_MP_TAC THEN
    MP_TAC(SPECL [`dst:int64`; `n:num`] RANGES_GROW) THEN ASM SET_TAC[]] THEN
  X_GEN_TAC `j:num` THEN DISCH_TAC THEN ASM_CASES_TAC `j < 8` THENL
   [TRANS_TAC EQ_TRANS `read128 (memory u) (word_add dst (word (16 * j)))` THEN
    CONJ_TAC THENL [ALL_TAC; ASM_SIMP_TAC[]] THEN
    MATCH_MP_TAC READ_KEPT THEN
    MAP_EVERY EXISTS_TAC [`word_add dst (word 128):int64`; `128 * n`;
      `word_add sp (word 80):int64`; `256`] THEN
    ASM_SIMP_TAC[BEHIND_APART] THEN MATCH_MP_TAC SLOTS_APART THEN
    MATCH_MP_TAC APART_WEAKEN THEN EXISTS_TAC `128` THEN
    ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC;
    ALL_TAC] THEN
  SUBGOAL_THEN `?i. j = 8 + i /\ i < 8 * n` STRIP_ASSUME_TAC THENL
   [EXISTS_TAC `j - 8` THEN ASM_ARITH_TAC; ALL_TAC] THEN
  FIRST_X_ASSUM(MP_TAC o SPEC `i:num`) THEN ASM_REWRITE_TAC[] THEN
  REWRITE_TAC[TWEAKS_ADD; WORD_ADD_ASSOC_NUM;
              ARITH_RULE `16 * (8 + i) = 128 + 16 * i`] THEN
  REWRITE_TAC[ARITH_RULE `i + 8 = 8 + i`] THEN DISCH_THEN SUBST1_TAC THEN
  AP_TERM_TAC THEN REWRITE_TAC[GSYM WORD_ADD_ASSOC_NUM] THEN
  MATCH_MP_TAC READ_KEPT THEN
  MAP_EVERY EXISTS_TAC [`dst:int64`; `128`; `word_add sp (word 80):int64`; `256`] THEN
  ASM_REWRITE_TAC[] THEN CONJ_TAC THENL
   [MATCH_MP_TAC AHEAD_APART THEN EXISTS_TAC `n:num` THEN ASM_REWRITE_TAC[];
    MATCH_MP_TAC SLOTS_APART THEN MATCH_MP_TAC APART_WEAKEN THEN
    EXISTS_TAC `128 * n` THEN ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC]);;
