(* SPDX-License-Identifier: ISC *)
(* A whole unit of a run, of any multiple of 128 bytes from 512 to 2^24: from the
   head of the loop over units and back to it, or to what follows the last.

   UNIT: where group_ready and unit_ready hold for the tweak t and the next unit's
   number num, and x3 is the unit's length, all its blocks are encrypted or
   decrypted with t, 2t, 4t, ..., in place or not; then they hold again for
   the tweak cipher w2 num and the number num + 1 (modulo 2^128), and one unit
   less is left in x2.  Memory elsewhere is as it was, but for the frame. *)

needs "arm_unit.ml";;

(* ------------------------------------------------------------------------- *)
(* The head of the loop over units: how many groups there are.               *)
(* ------------------------------------------------------------------------- *)

let unit_head_goal =
 `group_ready k t sp s /\ unit_ready w2 num keys sp s /\
  program_counter s = at_head
  ==> ?s'. reaches base code rd wr s s' /\
           group_ready k t sp s' /\ unit_ready w2 num keys sp s' /\
           program_counter s' =
             (if word_sub (word_ushr (xsp 3 s) 7) (word 4) = word 0
              then at_end else at_group) /\
           xsp 7 s' = word_sub (word_ushr (xsp 3 s) 7) (word 4) /\
           keeps_x [0; 1; 2; 3; 18; 19; 20; 21; 22; 23; 24; 25; 26; 27; 28;
                    29; 30] s s' /\
           keeps_v [29; 30; 31] s s' /\ memory s' = memory s`;;

let UNIT_HEAD code =
  let group,after = hd (group_loops code) in
  let from = group - 3 in
  let reach = run_piece code from (group - 1) in
  let reach = INST (map (fun e -> rand e,lhand e)
    ([`x5:int64 = keys`; `x4 = low num`; `x6 = high num`] @ ready_equations))
    reach in
  let goal = subst [code.constant,code_var; pc_at from,`at_head:int64`;
    pc_at after,`at_end:int64`; pc_at group,`at_group:int64`] unit_head_goal in
  let variables = [`s:st`; base_var; rd_var; wr_var; `k:num->int128`;
    `w2:num->int128`; `t:int128`; `num:int128`; sp_tm; keys_tm] in
  let ev = last (state_parts (rand (concl reach))) in
  let v = mk_var("ev'",type_of ev) in
  FROM_RESULT variables goal
    (EXISTS (mk_exists(v,subst [v,ev] (concl reach)),ev) reach);;

let WORD_USHR_NUM = prove
 (`!z k. z < 2 EXP 64
         ==> word_ushr (word z) k : int64 = word (z DIV 2 EXP k)`,
  SIMP_TAC[word_ushr; VAL_WORD; DIMINDEX_64; MOD_LT]);;

(* A unit of 128 (n + 4) bytes has n groups before the last four. *)
let GROUPS_LEFT = prove
 (`!n. 128 * (n + 4) <= 2 EXP 24
       ==> word_sub (word_ushr (word (128 * (n + 4))) 7) (word 4) : int64 =
           word n /\
           (word n : int64 = word 0 <=> n = 0)`,
  GEN_TAC THEN DISCH_TAC THEN
  SUBGOAL_THEN `128 * (n + 4) < 2 EXP 64 /\ n < 2 EXP 64` STRIP_ASSUME_TAC THENL
   [ASM_ARITH_TAC; ALL_TAC] THEN
  ASM_SIMP_TAC[WORD_USHR_NUM; SMALL_ZERO; ARITH_RULE `2 EXP 7 = 128`; DIV_MULT;
               ARITH_EQ] THEN
  CONV_TAC WORD_RULE);;

(* What a unit needs from memory beside its data is not where groups write. *)
let UNIT_READY_KEPT = prove
 (`!w2 num keys sp s u dst n.
     unit_ready w2 num keys sp s /\
     xsp 4 u = xsp 4 s /\ xsp 5 u = xsp 5 s /\ xsp 6 u = xsp 6 s /\
     apart dst n sp 400 /\ apart keys 720 dst n /\ apart keys 720 sp 400 /\
     (!b. ~(b IN range dst n UNION range (word_add sp (word 80)) 256)
          ==> memory u b = memory s b)
     ==> unit_ready w2 num keys sp u`,
  REWRITE_TAC[unit_ready] THEN REPEAT STRIP_TAC THEN ASM_REWRITE_TAC[] THENL
   [TRANS_TAC EQ_TRANS `read128 (memory s) (word_add sp (word 368))` THEN
    CONJ_TAC THENL [ALL_TAC; ASM_REWRITE_TAC[]] THEN
    MATCH_MP_TAC READ_KEPT THEN
    MAP_EVERY EXISTS_TAC [`dst:int64`; `n:num`;
      `word_add sp (word 80):int64`; `256`] THEN
    ASM_REWRITE_TAC[] THEN CONJ_TAC THENL
     [MATCH_MP_TAC APART_WEAKEN THEN EXISTS_TAC `400` THEN
      ASM_SIMP_TAC[APART_SYM] THEN ARITH_TAC;
      MATCH_MP_TAC APART_SAME THEN ARITH_TAC];
    TRANS_TAC EQ_TRANS
      `read128 (memory s) (word_add keys (word (480 + 16 * i)))` THEN
    CONJ_TAC THENL [ALL_TAC; ASM_SIMP_TAC[]] THEN
    MATCH_MP_TAC READ_KEPT THEN
    MAP_EVERY EXISTS_TAC [`dst:int64`; `n:num`;
      `word_add sp (word 80):int64`; `256`] THEN
    ASM_REWRITE_TAC[] THEN CONJ_TAC THENL
     [MATCH_MP_TAC APART_WEAKEN THEN EXISTS_TAC `720` THEN
      ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC;
      MATCH_MP_TAC SLOTS_APART THEN EXISTS_TAC `720` THEN
      ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC]]);;

let caller_registers = `[18; 19; 20; 21; 22; 23; 24; 25; 26; 27; 28; 29; 30]`;;

let unit_groups_goal =
 `!n. group_ready k t sp s /\ unit_ready w2 num keys sp s /\
  program_counter s = at_head /\ xsp 0 s = dst /\ xsp 1 s = src /\
  xsp 3 s = word (128 * (n + 4)) /\ 128 * (n + 4) <= 2 EXP 24 /\
  within src (128 * n) rd /\ within sp 400 rd /\
  within dst (128 * n) wr /\ within (word_add sp (word 80)) 256 wr /\
  apart dst (128 * n) sp 400 /\ apart src (128 * n) sp 400 /\
  apart keys 720 dst (128 * n) /\ apart keys 720 sp 400 /\
  in_place_or_apart src dst (128 * n)
  ==> ?s'. reaches base code rd wr s s' /\
           group_ready k (tweaks (8 * n) t) sp s' /\
           unit_ready w2 num keys sp s' /\
           program_counter s' = at_end /\
           xsp 0 s' = word_add dst (word (128 * n)) /\
           xsp 1 s' = word_add src (word (128 * n)) /\
           xsp 2 s' = xsp 2 s /\ xsp 3 s' = xsp 3 s /\
           keeps_x callers s s' /\ keeps_v [31] s s' /\
           (!j. j < 8 * n
                ==> read128 (memory s') (word_add dst (word (16 * j))) =
                    block k (tweaks j t)
                      (read128 (memory s) (word_add src (word (16 * j))))) /\
           (!b. ~(b IN range dst (128 * n) UNION
                       range (word_add sp (word 80)) 256)
                ==> memory s' b = memory s b)`;;

let unit_variables = [`s:st`; base_var; rd_var; wr_var; `k:num->int128`;
  `w2:num->int128`; `t:int128`; `num:int128`; sp_tm; keys_tm; dst_tm; src_tm];;

let UNIT_GROUPS code block_const head loop =
  let group,after = hd (group_loops code) in
  let goal = subst [code.constant,code_var; pc_at (group - 3),`at_head:int64`;
    pc_at after,`at_end:int64`; caller_registers,`callers:num list`;
    block_const,block_var]
    unit_groups_goal in
  prove(list_mk_forall(unit_variables,goal),
    REPEAT GEN_TAC THEN STRIP_TAC THEN
    FIRST_ASSUM(STRIP_ASSUME_TAC o MATCH_MP GROUPS_LEFT) THEN
    MP_TAC(SPECL [`s:st`; base_var; rd_var; wr_var; `k:num->int128`;
      `w2:num->int128`; `t:int128`; `num:int128`; sp_tm; keys_tm] head) THEN
    ASM_REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
    ASM_CASES_TAC `n = 0` THENL
     [UNDISCH_THEN `n = 0` SUBST_ALL_TAC THEN EXISTS_TAC `u:st` THEN
      RULE_ASSUM_TAC(REWRITE_RULE[]) THEN
      ASM_REWRITE_TAC[MULT_CLAUSES; tweaks; LT; ADD_ZERO]; ALL_TAC] THEN
    MP_TAC(SPECL [base_var; rd_var; wr_var; `k:num->int128`; `n:num`; `u:st`;
      `t:int128`; dst_tm; src_tm; sp_tm] loop) THEN
    ANTS_TAC THENL
     [RULE_ASSUM_TAC(REWRITE_RULE[]) THEN ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC;
      REWRITE_TAC[keeps_x; keeps_v; ALL]] THEN
    DISCH_THEN(X_CHOOSE_THEN `v:st` STRIP_ASSUME_TAC) THEN
    EXISTS_TAC `v:st` THEN
    SUBGOAL_THEN `unit_ready w2 num keys sp v` ASSUME_TAC THENL
     [MATCH_MP_TAC UNIT_READY_KEPT THEN
      MAP_EVERY EXISTS_TAC [`u:st`; dst_tm; `128 * n`] THEN
      ASM_REWRITE_TAC[]; ALL_TAC] THEN
    CONJ_TAC THENL [ASM_MESON_TAC[REACHES_TRANS]; ALL_TAC] THEN
    ASM_REWRITE_TAC[] THEN
    RULE_ASSUM_TAC(REWRITE_RULE[ASSUME `memory u = memory s`]) THEN
    ASM_REWRITE_TAC[]);;

let unit_goal =
 `!n. group_ready k t sp s /\ unit_ready w2 num keys sp s /\
  program_counter s = at_head /\ xsp 0 s = dst /\ xsp 1 s = src /\
  xsp 3 s = word (128 * (n + 4)) /\ 128 * (n + 4) <= 2 EXP 24 /\
  within src (128 * (n + 4)) rd /\ within sp 400 rd /\ within keys 720 rd /\
  within dst (128 * (n + 4)) wr /\ within (word_add sp (word 80)) 320 wr /\
  apart dst (128 * (n + 4)) sp 400 /\ apart src (128 * (n + 4)) sp 400 /\
  apart keys 720 dst (128 * (n + 4)) /\ apart keys 720 sp 400 /\
  in_place_or_apart src dst (128 * (n + 4))
  ==> ?s'. reaches base code rd wr s s' /\
           group_ready k (cipher w2 num) sp s' /\
           unit_ready w2 (word_add num (word 1)) keys sp s' /\
           unit_left keys s' /\
           program_counter s' =
             (if ~(word_sub (xsp 2 s) (word 1) = word 0)
              then at_head else at_after) /\
           xsp 0 s' = word_add dst (word (128 * (n + 4))) /\
           xsp 1 s' = word_add src (word (128 * (n + 4))) /\
           xsp 2 s' = word_sub (xsp 2 s) (word 1) /\ xsp 3 s' = xsp 3 s /\
           keeps_x callers s s' /\ keeps_v [31] s s' /\
           (!j. j < 8 * (n + 4)
                ==> read128 (memory s') (word_add dst (word (16 * j))) =
                    block k (tweaks j t)
                      (read128 (memory s) (word_add src (word (16 * j))))) /\
           (!b. ~(b IN range dst (128 * (n + 4)) UNION
                       range (word_add sp (word 80)) 320)
                ==> memory s' b = memory s b)`;;

(* Of a unit's input what is there for the last groups, and of its output what is
   done. *)
let AHEAD_OF_END = prove
 (`!src dst n c k d l.
     in_place_or_apart src dst (128 * (n + 4)) /\ 128 * (n + 4) <= 2 EXP 24 /\
     d + l <= c /\ c + k <= 512
     ==> apart (word_add (word_add src (word (128 * n))) (word c)) k
               (word_add (word_add dst (word (128 * n))) (word d)) l`,
  REPEAT STRIP_TAC THEN REWRITE_TAC[WORD_ADD_ASSOC_NUM] THEN
  MATCH_MP_TAC AHEAD THEN EXISTS_TAC `128 * (n + 4)` THEN
  ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC);;

let END_AHEAD = prove
 (`!src dst n i.
     in_place_or_apart src dst (128 * (n + 4)) /\ 128 * (n + 4) <= 2 EXP 24 /\
     i < 32
     ==> apart (word_add (word_add src (word (128 * n))) (word (16 * i))) 16
               dst (128 * n)`,
  REPEAT STRIP_TAC THEN REWRITE_TAC[WORD_ADD_ASSOC_NUM] THEN
  GEN_REWRITE_TAC (RATOR_CONV o RAND_CONV) [GSYM ADD_ZERO] THEN
  MATCH_MP_TAC AHEAD THEN EXISTS_TAC `128 * (n + 4)` THEN
  ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC);;

let DONE_BEFORE_END = prove
 (`!dst n j.
     128 * (n + 4) <= 2 EXP 24 /\ j < 8 * n
     ==> apart (word_add dst (word (16 * j))) 16
               (word_add dst (word (128 * n))) 512`,
  REPEAT STRIP_TAC THEN MATCH_MP_TAC APART_SAME THEN
  ASM_ARITH_TAC);;

let UNIT code block_const groups unit_end =
  let group,after = hd (group_loops code) in
  let ends = find_terms (fun t -> is_cond t && type_of t = `:int64`)
    (concl unit_end) in
  let at_after = rand (hd ends) in
  let goal = subst [code.constant,code_var; pc_at (group - 3),`at_head:int64`;
    at_after,`at_after:int64`; caller_registers,`callers:num list`;
    block_const,block_var] unit_goal in
  let parts = [`128 * n`; `512`; `128 * (n + 4)`] in
  prove(list_mk_forall(unit_variables,goal),
    REPEAT GEN_TAC THEN STRIP_TAC THEN
    MP_TAC(SPECL (unit_variables @ [`n:num`]) groups) THEN
    MP_TAC(SPECL (src_tm::parts @ [rd_var]) WITHIN_SPLIT) THEN
    MP_TAC(SPECL (dst_tm::parts @ [wr_var]) WITHIN_SPLIT) THEN
    MP_TAC(SPECL (dst_tm::parts @ [sp_tm; `400`]) APART_SPLIT) THEN
    MP_TAC(SPECL (src_tm::parts @ [sp_tm; `400`]) APART_SPLIT) THEN
    MP_TAC(SPECL (dst_tm::parts @ [keys_tm; `720`]) APART_SPLIT) THEN
    FIRST_ASSUM(ASSUME_TAC o MATCH_MP APART_SYM o check (fun th ->
      concl th = `apart keys 720 dst (128 * (n + 4))`)) THEN
    ASM_REWRITE_TAC[ARITH_RULE `128 * n + 512 <= 128 * (n + 4)`] THEN
    REPLICATE_TAC 5 (DISCH_THEN STRIP_ASSUME_TAC) THEN
    ANTS_TAC THENL
     [ASM_REWRITE_TAC[] THEN REPEAT CONJ_TAC THENL
       [MATCH_MP_TAC WITHIN_PREFIX THEN
        EXISTS_TAC `320` THEN ASM_REWRITE_TAC[] THEN ARITH_TAC;
        ASM_SIMP_TAC[APART_SYM];
        MATCH_MP_TAC IN_PLACE_PREFIX THEN EXISTS_TAC `128 * (n + 4)` THEN
        ASM_REWRITE_TAC[] THEN ARITH_TAC]; ALL_TAC] THEN
    REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
    MP_TAC(SPECL [`u:st`; base_var; rd_var; wr_var; `k:num->int128`;
      `w2:num->int128`; `tweaks (8 * n) t`; `num:int128`; sp_tm; keys_tm;
      `word_add dst (word (128 * n)):int64`;
      `word_add src (word (128 * n)):int64`] unit_end) THEN
    ANTS_TAC THENL
     [ASM_SIMP_TAC[APART_SYM] THEN REPEAT CONJ_TAC THENL
       [GEN_REWRITE_TAC (RATOR_CONV o RAND_CONV) [GSYM ADD_ZERO]; ALL_TAC;
        ALL_TAC] THEN
      MATCH_MP_TAC AHEAD_OF_END THEN ASM_REWRITE_TAC[] THEN ARITH_TAC;
      REWRITE_TAC[keeps_x; keeps_v; ALL]] THEN
    DISCH_THEN(X_CHOOSE_THEN `v:st` STRIP_ASSUME_TAC) THEN
    EXISTS_TAC `v:st` THEN
    CONJ_TAC THENL [ASM_MESON_TAC[REACHES_TRANS]; ALL_TAC] THEN
    ASM_REWRITE_TAC[WORD_ADD_ASSOC_NUM;
                    ARITH_RULE `128 * n + 512 = 128 * (n + 4)`] THEN
    CONJ_TAC THENL
     [ALL_TAC;
      X_GEN_TAC `b:int64` THEN DISCH_TAC THEN
      TRANS_TAC EQ_TRANS `memory u (b:int64)` THEN CONJ_TAC THEN
      FIRST_X_ASSUM MATCH_MP_TAC THEN
      MP_TAC(SPECL [dst_tm; `128 * (n + 4)`; `128 * n`] RANGE_PREFIX) THEN
      MP_TAC(SPECL [dst_tm; `128 * (n + 4)`; `128 * n`; `512`] RANGE_PART) THEN
      MP_TAC(SPECL [`word_add sp (word 80):int64`; `320`; `256`] RANGE_PREFIX) THEN
      REWRITE_TAC[ARITH_RULE `128 * n <= 128 * (n + 4) /\
                              128 * n + 512 <= 128 * (n + 4) /\ 256 <= 320`] THEN
      ASM SET_TAC[]] THEN
    X_GEN_TAC `j:num` THEN DISCH_TAC THEN ASM_CASES_TAC `j < 8 * n` THENL
     [TRANS_TAC EQ_TRANS `read128 (memory u) (word_add dst (word (16 * j)))` THEN
      CONJ_TAC THENL [ALL_TAC; ASM_SIMP_TAC[]] THEN
      MATCH_MP_TAC READ_KEPT THEN
      MAP_EVERY EXISTS_TAC [`word_add dst (word (128 * n)):int64`; `512`;
        `word_add sp (word 80):int64`; `320`] THEN
      ASM_SIMP_TAC[DONE_BEFORE_END] THEN MATCH_MP_TAC SLOTS_APART THEN
      EXISTS_TAC `128 * (n + 4)` THEN ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC;
      ALL_TAC] THEN
    SUBGOAL_THEN `?i. j = 8 * n + i /\ i < 32` STRIP_ASSUME_TAC THENL
     [EXISTS_TAC `j - 8 * n` THEN ASM_ARITH_TAC; ALL_TAC] THEN
    FIRST_X_ASSUM(MP_TAC o check (fun th -> is_forall (concl th) &&
      can (find_term ((=) `32`)) (concl th) &&
      can (find_term ((=) `v:st`)) (concl th) &&
      not (can (find_term ((=) `320`)) (concl th)))) THEN
    DISCH_THEN(MP_TAC o SPEC `i:num`) THEN ASM_REWRITE_TAC[] THEN
    REWRITE_TAC[TWEAKS_ADD; WORD_ADD_ASSOC_NUM;
                ARITH_RULE `128 * n + 16 * i = 16 * (8 * n + i)`] THEN
    REWRITE_TAC[ARITH_RULE `i + 8 * n = 8 * n + i`] THEN
    DISCH_THEN SUBST1_TAC THEN AP_TERM_TAC THEN
    REWRITE_TAC[ARITH_RULE `16 * (8 * n + i) = 128 * n + 16 * i`] THEN
    REWRITE_TAC[GSYM WORD_ADD_ASSOC_NUM] THEN
    MATCH_MP_TAC READ_KEPT THEN
    MAP_EVERY EXISTS_TAC [dst_tm; `128 * n`; `word_add sp (word 80):int64`;
                          `256`] THEN
    ASM_SIMP_TAC[END_AHEAD] THEN REWRITE_TAC[WORD_ADD_ASSOC_NUM] THEN
    MATCH_MP_TAC APART_PARTS THEN
    MAP_EVERY EXISTS_TAC [`128 * (n + 4)`; `400`] THEN
    ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC);;

let whole_unit code const groups unit_end =
  UNIT code const (UNIT_GROUPS code const (UNIT_HEAD code) groups) unit_end;;

let ENCRYPT_UNIT = whole_unit encrypt_body `arm_encrypt`
  ENCRYPT_UNIT_GROUPS ENCRYPT_UNIT_END;;
let DECRYPT_UNIT = whole_unit decrypt_body `arm_decrypt`
  DECRYPT_UNIT_GROUPS DECRYPT_UNIT_END;;
