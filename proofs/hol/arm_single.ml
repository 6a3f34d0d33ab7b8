(* SPDX-License-Identifier: ISC *)
(* A single unit whose length is no multiple of 512 bytes: how many groups it has
   (SINGLE_HEAD), what follows the last of them (NINTH), and the blocks that remain
   after these, 1 to 7 in parallel (REMAINING).

   sized z g r e says of a length z that it is g groups, r blocks and e bytes: none,
   or 17 to 31 where ciphertext is stolen. *)

needs "arm_call.ml";;

(* ------------------------------------------------------------------------- *)
(* Places in the code.                                                       *)
(* ------------------------------------------------------------------------- *)

let single_head code = unit_loop_end code + 1;;
let tail_test code =
  let is_test = function
      Comb(Comb(Const("cbz",_),t),_) -> t = `3`
    | _ -> false in
  hd (indices code is_test);;
let remaining_head code = snd (el 2 (group_loops code)) + 6;;

(* ------------------------------------------------------------------------- *)
(* What holds where blocks remain: of the frame, the ninth slot as well.     *)
(* ------------------------------------------------------------------------- *)

let remaining_ready = new_definition
 `remaining_ready (k:num->int128) t sp s <=>
    group_ready k t sp s /\
    read128 (memory s) (word_add sp (word 336)) =
      word_xor (tweaks 8 t) (k 0) /\
    read128 (memory s) (word_add sp (word 352)) =
      word_xor (tweaks 8 t) (k 14)`;;

STATE_PREDICATES := remaining_ready :: !STATE_PREDICATES;;

let remaining_memory =
  filter (fun e -> is_eq e && is_read (lhs e))
    (conjuncts (rand (concl (REGISTERS_CONV
      (vsubst [state_of_variables,`s:st`] `remaining_ready k t sp s`)))));;

let slots_context code =
  { code = code;
    permission = permission_from
      [assumed sp_tm 400 rd_var; assumed frame_slots 320 wr_var];
    aparts = []; aligned = ASSUME; decided = [flag_z]; simplify = RULES_CONV };;

let slots_result last xs_hidden =
  hidden_result last.reach [frame_slots,320] (blocks_known last sp_tm 80 18)
    xs_hidden [];;

(* ------------------------------------------------------------------------- *)
(* How many groups and blocks there are.                                     *)
(* ------------------------------------------------------------------------- *)

let single_head_goal =
 `group_ready k t sp s /\ program_counter s = at_single /\
  within sp 400 rd /\ within (word_add sp (word 80)) 320 wr
  ==> ?s'. reaches base code rd wr s s' /\
           remaining_ready k t sp s' /\
           program_counter s' =
             (if xsp 7 s' = word 0 then at_remaining else at_group) /\
           xsp 3 s' = word_and (xsp 3 s) (word 15) /\
           (let blocks = word_sub (word_ushr (xsp 3 s) 4)
              (if word_and (xsp 3 s) (word 15) = word 0 then word 0 else word 1) in
            xsp 2 s' = word_and blocks (word 7) /\
            xsp 7 s' = word_ushr blocks 3) /\
           keeps_x [0; 1; 5; 18; 19; 20; 21; 22; 23; 24; 25; 26; 27; 28;
                    29; 30] s s' /\
           keeps_v [31] s s' /\
           (!b. ~(b IN range (word_add sp (word 80)) 320)
                ==> memory s' b = memory s b)`;;

let SINGLE_HEAD code =
  let from = single_head code and group,after = el 2 (group_loops code) in
  let last = RUN (slots_context code) []
    (start_at code from ready_equations (assumed_facts ready_memory)) in
  let goal = subst [code.constant,code_var; pc_at from,`at_single:int64`;
    pc_at (remaining_head code),`at_remaining:int64`;
    pc_at group,`at_group:int64`] single_head_goal in
  FROM_RESULT [`s:st`; base_var; rd_var; wr_var; `k:num->int128`; `t:int128`;
               sp_tm] (rand (concl (REWRITE_CONV [LET_DEF; LET_END_DEF] goal)))
    (slots_result last []);;

(* After the last group. *)
let ninth_goal =
 `group_ready k t sp s /\ program_counter s = at_after /\
  within sp 400 rd /\ within (word_add sp (word 80)) 320 wr
  ==> ?s'. reaches base code rd wr s s' /\
           remaining_ready k t sp s' /\ program_counter s' = at_remaining /\
           keeps_x [0; 1; 2; 3; 5; 7; 18; 19; 20; 21; 22; 23; 24; 25; 26; 27; 28;
                    29; 30] s s' /\
           keeps_v [31] s s' /\
           (!b. ~(b IN range (word_add sp (word 80)) 320)
                ==> memory s' b = memory s b)`;;

let NINTH code =
  let after = snd (el 2 (group_loops code)) in
  let last = RUN (slots_context code) [remaining_head code]
    (start_at code after ready_equations (assumed_facts ready_memory)) in
  let goal = subst [code.constant,code_var; pc_at after,`at_after:int64`;
    pc_at (remaining_head code),`at_remaining:int64`] ninth_goal in
  FROM_RESULT [`s:st`; base_var; rd_var; wr_var; `k:num->int128`; `t:int128`;
               sp_tm] goal
    (slots_result last [12; 13]);;

(* ------------------------------------------------------------------------- *)
(* The blocks that remain, r of them.                                        *)
(* ------------------------------------------------------------------------- *)

let remaining_goal =
 `remaining_ready k t sp s /\ program_counter s = at_remaining /\
  xsp 0 s = dst /\ xsp 1 s = src /\ xsp 2 s = word r /\
  within src (16 * r) rd /\ within sp 400 rd /\ within dst (16 * r) wr /\
  apart dst (16 * r) sp 400
  ==> ?s'. reaches base code rd wr s s' /\ whole s' /\
           program_counter s' = at_steal /\
           xsp 0 s' = word_add dst (word (16 * r)) /\
           xsp 1 s' = word_add src (word (16 * r)) /\
           xsp 8 s' = word_add sp (word (80 + 32 * r)) /\
           keeps_x [2; 3; 5; 7; 18; 19; 20; 21; 22; 23; 24; 25; 26; 27; 28;
                    29; 30; 31] s s' /\
           keeps_v [16; 17; 18; 19; 20; 21; 22; 23; 24; 25; 26; 27; 28; 31]
             s s' /\
           (!j. j < r
                ==> read128 (memory s') (word_add dst (word (16 * j))) =
                    block k (tweaks j t)
                      (read128 (memory s) (word_add src (word (16 * j))))) /\
           (!b. ~(b IN range dst (16 * r)) ==> memory s' b = memory s b)`;;

(* The flags of a comparison of literals. *)
let COMPARED =
  let compare r i =
    let sum = subst [mk_small_numeral r,`r:num`; mk_small_numeral i,`i:num`]
      `SND (add_with_carry (word r) (word_not (word i)) T)` in
    let sum' = rand (concl (ONCE_DEPTH_CONV WORD_NOT_CONV sum)) in
    map (fun flag ->
      (REWRITE_CONV [add_with_carry; LET_DEF; LET_END_DEF; flag_z; flag_c;
                     BITVAL_CLAUSES] THENC
       DEPTH_CONV (WORD_RED_CONV ORELSEC NUM_RED_CONV) THENC
       REWRITE_CONV []) (mk_comb(flag,sum'))) [`flag_z`; `flag_c`] in
  fun r -> List.concat (map (compare r) [2; 4; 6]);;

let remaining_context code r =
  { code = code;
    permission = permission_from
              [assumed src_tm (16 * r) rd_var; assumed sp_tm 400 rd_var;
               assumed dst_tm (16 * r) wr_var];
    aparts = [assumed_apart dst_tm 0 (16 * r) sp_tm 0 400];
    aligned = ASSUME; decided = COMPARED r;
    simplify = (RAND_CONV WORD_SHL_CONV THENC ADDRESS_CONV) ORELSEC RULES_CONV };;

let REMAINING_R code const block r =
  let from = remaining_head code and stop = tail_test code in
  let x2 = mk_eq(`x2:int64`,mk_comb(`word:num->int64`,mk_small_numeral r)) in
  let last = RUN (remaining_context code r) [stop]
    (start_at code from ([`x0:int64 = dst`; `x1:int64 = src`; x2] @
                         ready_equations)
      (assumed_facts remaining_memory)) in
  let goal = subst [code.constant,code_var; pc_at from,`at_remaining:int64`;
    pc_at stop,`at_steal:int64`; mk_small_numeral r,`r:num`;
    const,block_var] remaining_goal in
  let goal = rand (concl (NUM_REDUCE_CONV goal)) in
  FROM_RESULT [`s:st`; base_var; rd_var; wr_var; `k:num->int128`; `t:int128`;
               sp_tm; dst_tm; src_tm] goal
    (hidden_result last.reach [dst_tm,16 * r] (blocks_out last block r) []
      (0--15));;

(* Of any number of blocks: 0 to 7, one after the other. *)
let REMAINING code const block =
  let each = map (REMAINING_R code const block) (0--7) in
  let goal = subst [code.constant,code_var;
    pc_at (remaining_head code),`at_remaining:int64`;
    pc_at (tail_test code),`at_steal:int64`;
    const,block_var] remaining_goal in
  let variables = [`s:st`; base_var; rd_var; wr_var; `k:num->int128`; `t:int128`;
                   sp_tm; dst_tm; src_tm] in
  prove(mk_forall(`r:num`,mk_imp(`r < 8`,list_mk_forall(variables,goal))),
    CONV_TAC EXPAND_CASES_CONV THEN CONV_TAC NUM_REDUCE_CONV THEN
    REPEAT CONJ_TAC THEN FIRST (map MATCH_ACCEPT_TAC each));;

(* ------------------------------------------------------------------------- *)
(* A length, as the instructions take it apart.                              *)
(* ------------------------------------------------------------------------- *)

let WORD_MASK = prove
 (`!z. z < 2 EXP 64
       ==> word_and (word z) (word 15) : int64 = word (z MOD 16) /\
           word_and (word z) (word 7) : int64 = word (z MOD 8)`,
  REPEAT STRIP_TAC THEN
  REWRITE_TAC[GSYM VAL_EQ; VAL_MASK 4; VAL_MASK 3; VAL_WORD; DIMINDEX_64] THEN
  ASM_SIMP_TAC[MOD_LT] THEN CONV_TAC SYM_CONV THEN MATCH_MP_TAC MOD_LT THEN
  ARITH_TAC);;

(* z bytes are g groups, r blocks and e bytes. *)
let sized = new_definition
 `sized z g r e <=>
    128 * g + 16 * r + e = z /\ z <= 2 EXP 24 /\ r < 8 /\
    (e = 0 \/ 16 < e /\ e < 32)`;;

let SIZES = prove
 (`!z g r e.
     sized z g r e
     ==> word_and (word z) (word 15) : int64 = word (e MOD 16) /\
         (word (e MOD 16) : int64 = word 0 <=> e = 0) /\
         (let blocks = word_sub (word_ushr (word z) 4)
            (if e = 0 then word 0 else word 1) : int64 in
          word_and blocks (word 7) = word r /\ word_ushr blocks 3 = word g) /\
         (word g : int64 = word 0 <=> g = 0)`,
  REWRITE_TAC[sized] THEN REPEAT GEN_TAC THEN
  DISCH_THEN(REPEAT_TCL CONJUNCTS_THEN ASSUME_TAC) THEN
  SUBGOAL_THEN `z < 2 EXP 64 /\ g < 2 EXP 64 /\ 8 * g + r < 2 EXP 64 /\
    (8 * g + r) MOD 8 = r /\ (8 * g + r) DIV 8 = g` STRIP_ASSUME_TAC THENL
   [ASM_SIMP_TAC[MOD_MULT_ADD; DIV_MULT_ADD; MOD_LT; DIV_LT; ARITH_EQ;
                 ADD_CLAUSES] THEN ASM_ARITH_TAC; ALL_TAC] THEN
  SUBGOAL_THEN `e MOD 16 < 2 EXP 64 /\ z MOD 16 = e MOD 16 /\
    (e MOD 16 = 0 <=> e = 0) /\
    z DIV 16 = 8 * g + r + (if e = 0 then 0 else 1)` STRIP_ASSUME_TAC THENL
   [SUBGOAL_THEN `z = (8 * g + r) * 16 + e` SUBST1_TAC THENL
     [ASM_ARITH_TAC; ALL_TAC] THEN
    REWRITE_TAC[MOD_MULT_ADD] THEN
    SIMP_TAC[DIV_MULT_ADD; ARITH_EQ; GSYM ADD_ASSOC; EQ_ADD_LCANCEL] THEN
    FIRST_X_ASSUM(DISJ_CASES_THEN MP_TAC) THENL
     [DISCH_THEN SUBST1_TAC THEN CONV_TAC NUM_REDUCE_CONV;
      STRIP_TAC THEN SUBGOAL_THEN `e = 1 * 16 + (e - 16) /\ e - 16 < 16 /\
        ~(e - 16 = 0) /\ ~(e = 0) /\ e - 16 < 2 EXP 64` STRIP_ASSUME_TAC THENL
       [ASM_ARITH_TAC; ALL_TAC] THEN
      SUBGOAL_THEN `e MOD 16 = e - 16 /\ e DIV 16 = 1`
        (fun th -> ASM_REWRITE_TAC[th]) THEN
      CONJ_TAC THENL [MATCH_MP_TAC MOD_UNIQ; MATCH_MP_TAC DIV_UNIQ] THENL
       [EXISTS_TAC `1`; EXISTS_TAC `e - 16`] THEN ASM_ARITH_TAC];
    ALL_TAC] THEN
  ASM_SIMP_TAC[WORD_MASK; SMALL_ZERO; WORD_USHR_NUM; LET_DEF; LET_END_DEF;
               ARITH_RULE `2 EXP 4 = 16`] THEN
  SUBGOAL_THEN `word_sub (word (8 * g + r + (if e = 0 then 0 else 1)))
                  (if e = 0 then word 0 else word 1) : int64 = word (8 * g + r)`
    SUBST1_TAC THENL
   [COND_CASES_TAC THEN REWRITE_TAC[ADD_CLAUSES] THEN CONV_TAC WORD_RULE;
    ASM_SIMP_TAC[WORD_MASK; WORD_USHR_NUM; ARITH_RULE `2 EXP 3 = 8`]]);;

(* What is apart from what was written is as it was. *)
let APART_KEPT = prove
 (`!m m' a d n. (!b. ~(b IN range d n) ==> m' b = m b) /\ apart a 16 d n
                ==> read128 m' a = read128 m a`,
  REPEAT STRIP_TAC THEN MATCH_MP_TAC READ_SAME THEN
  EXISTS_TAC `range a 16` THEN REWRITE_TAC[WITHIN_RANGE; SUBSET_REFL] THEN
  RULE_ASSUM_TAC(REWRITE_RULE[APART_RANGE]) THEN
  REPEAT STRIP_TAC THEN FIRST_X_ASSUM MATCH_MP_TAC THEN ASM SET_TAC[]);;

let REMAINING_SLOT = prove
 (`!k t sp s i.
     remaining_ready k t sp s /\ i < 9
     ==> read128 (memory s) (word_add sp (word (80 + 32 * i))) =
           word_xor (tweaks i t) (k 0) /\
         read128 (memory s) (word_add sp (word (96 + 32 * i))) =
           word_xor (tweaks i t) (k 14)`,
  REWRITE_TAC[remaining_ready; group_ready; ARITH_RULE `i < 9 <=> i < 8 \/ i = 8`]
  THEN REPEAT GEN_TAC THEN STRIP_TAC THEN
  ASM_REWRITE_TAC[ARITH_RULE `80 + 32 * 8 = 336 /\ 96 + 32 * 8 = 352`] THEN
  ASM_SIMP_TAC[]);;
