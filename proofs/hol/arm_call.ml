(* SPDX-License-Identifier: ISC *)
(* The engine's functions for runs of units, from the call to the end of their
   bodies, where a unit is a multiple of 512 bytes: what is before the loop over
   units (ENTRY) and after it (EXIT), by the executor, and a run of no units
   (NOTHING).

   With the loop between them (arm_run.ml) that is CALL: the caller's registers
   are the caller's, memory is as it was but for the output and the frame, and in
   the frame and in vectors nothing is left but what the caller had there. *)

needs "arm_run.ml";;
needs "arm_expand.ml";;

let FRAME = 400;;

(* The low halves of two vectors, as they are saved. *)
let ZX_LOW = prove
 (`!v:int128. word_zx v : int64 = low v`,
  GEN_TAC THEN REWRITE_TAC[low] THEN BLOCK_BITS_TAC THEN
  REWRITE_TAC[BIT_WORD_ZX; DIMINDEX_64] THEN CONV_TAC NUM_REDUCE_CONV);;

let SAVED_CONV = REWRITE_CONV [ZX_LOW; LOW_JOIN; HIGH_JOIN];;

(* ------------------------------------------------------------------------- *)
(* From the call to the loop.                                                *)
(* ------------------------------------------------------------------------- *)

let tweak_tm = `tweak:int64`;;

(* used: how much of the frame *)
let call_context code used decided =
  { code = code;
    permission = permission_from
              [assumed sp_tm used rd_var; assumed keys_tm 720 rd_var;
               assumed tweak_tm 16 rd_var; assumed sp_tm used wr_var];
    aparts = [assumed_apart keys_tm 0 720 sp_tm 0 used;
              assumed_apart tweak_tm 0 16 sp_tm 0 used];
    aligned = aligned_with (frame_aligned FRAME);
    decided = flag_z::map ASSUME decided;
    simplify = fun tm ->
      if is_comb tm && can (find_term ((=) `word_zx:int128->int64`)) tm
      then SAVED_CONV tm
      else (REWR_CONV CIPHER_UNROLLED ORELSEC RULES_CONV) tm };;

let call_equations =
  [`x0:int64 = dst`; `x1:int64 = src`; `x4:int64 = tweak`; `x5:int64 = keys`;
   `x31:int64 = word_add sp (word 400)`];;

let from_call running writes facts xs_hidden vs_hidden =
  let reach = CONV_RULE (RATOR_CONV (REWRITE_CONV [ADD_ZERO])) running.reach in
  hidden_result reach writes facts xs_hidden vs_hidden;;

let unit_head code = fst (hd (group_loops code)) - 3;;
let unit_loop_end code =
  let is_loop = function
      Comb(Comb(Const("cbnz",_),t),_) -> t = `2`
    | _ -> false in
  hd (indices code is_loop) + 1;;

let call_variables =
  [`s:st`; base_var; rd_var; wr_var; dst_tm; src_tm; tweak_tm; keys_tm; sp_tm;
   `k:num->int128`; `w2:num->int128`];;

(* What is the same in all statements about calls. *)
let call_hyps =
 `whole s /\ program_counter s = base /\
  xsp 0 s = dst /\ xsp 1 s = src /\ xsp 4 s = tweak /\ xsp 5 s = keys /\
  xsp 31 s = word_add sp (word 400) /\ word_and sp (word 15) = word 0`;;

let keys_hyps =
 `(!i. i < 15
       ==> read128 (memory s) (word_add keys (word (schedule + 16 * i))) = k i) /\
  (!i. i < 15
       ==> read128 (memory s) (word_add keys (word (480 + 16 * i))) = w2 i) /\
  within sp 400 rd /\ within keys 720 rd /\ within tweak 16 rd /\
  within sp 400 wr /\ apart keys 720 sp 400 /\ apart tweak 16 sp 400`;;

(* What the frame has of the caller's. *)
let saved_results =
 `read128 (memory s') sp = word_join (xsp 30 s) (xsp 29 s) /\
  (!i. i < 4
       ==> read128 (memory s') (word_add sp (word (16 + 16 * i))) =
           word_join (low (vreg (9 + 2 * i) s)) (low (vreg (8 + 2 * i) s)))`;;

let reached = `reaches base code rd wr s s'`;;
let call_goal_of hyps results =
  mk_imp(list_mk_conj hyps,mk_exists(`s':st`,list_mk_conj (reached::results)));;

let entry_goal = call_goal_of
 [call_hyps; `~(xsp 2 s = word 0) /\ size_test`; keys_hyps]
 [`group_ready k (cipher w2 (read128 (memory s) tweak)) sp s' /\
   unit_ready w2 (word_add (read128 (memory s) tweak) (word 1)) keys sp s' /\
   program_counter s' = at_head /\
   xsp 0 s' = dst /\ xsp 1 s' = src /\ xsp 29 s' = sp /\
   keeps_x [2; 3; 18; 19; 20; 21; 22; 23; 24; 25; 26; 27; 28; 30] s s' /\
   keeps_v [31] s s'`;
  saved_results; `!b. ~(b IN range sp 400) ==> memory s' b = memory s b`];;

let whole_groups = `word_and (xsp 3 s) (word 511) : int64 = word 0`;;

(* Up to an index, head, to which the test of a unit's size leads. *)
let ENTRY code schedule size_test head =
  let decided = [`~(x2:int64 = word 0)`; subst [`x3:int64`,`xsp 3 s`] size_test] in
  let k_at i = mk_comb(`k:num->int128`,mk_small_numeral i) in
  let last = RUN (call_context code FRAME decided) [head]
    (start_at code 0 call_equations
      (round_key_facts schedule k_at @ round_key_facts 480 w2_at @
       [unknown_fact tweak_tm 0])) in
  let facts = blocks_known last sp_tm 0 21 @ blocks_known last sp_tm 368 1 @
    blocks_known last keys_tm 480 15 in
  let goal = subst [code.constant,code_var; pc_at head,`at_head:int64`;
                    size_test,`size_test:bool`;
                    mk_small_numeral schedule,`schedule:num`] entry_goal in
  FROM_RESULT call_variables goal
    (from_call last [sp_tm,FRAME] facts [12; 13] []);;

(* ------------------------------------------------------------------------- *)
(* From the end of the loop to the end.                                      *)
(* ------------------------------------------------------------------------- *)

(* lr, fp and d are what the frame has of the caller's. *)
let exit_goal =
 `whole s /\ program_counter s = at_after /\ tail_test /\
  xsp 31 s = sp /\ word_and sp (word 15) = word 0 /\
  read128 (memory s) sp = word_join (lr:int64) (fp:int64) /\
  (!i. i < 4
       ==> read128 (memory s) (word_add sp (word (16 + 16 * i))) =
           word_join (d (9 + 2 * i) : int64) (d (8 + 2 * i) : int64)) /\
  within sp 400 rd /\ within (word_add sp (word 80)) 320 wr
  ==> ?s'. reaches base code rd wr s s' /\ whole s' /\
           program_counter s' = at_end /\
           xsp 29 s' = fp /\ xsp 30 s' = lr /\
           xsp 31 s' = word_add sp (word 400) /\
           keeps_x [0; 1; 2; 3; 5; 7; 8; 18; 19; 20; 21; 22; 23; 24; 25; 26; 27;
                    28] s s' /\
           keeps_v [31] s s' /\
           (!i. i < 8 ==> vreg (8 + i) s' = word_zx (d (8 + i))) /\
           (!i. i < 8 ==> vreg i s' = word 0) /\
           (!i. i < 15 ==> vreg (16 + i) s' = word 0) /\
           ALL (\i. xsp i s' = word 0)
             [4; 6; 9; 10; 11; 12; 13; 14; 15; 16; 17] /\
           read128 (memory s') sp = word_join lr fp /\
           (!i. i < 4
                ==> read128 (memory s') (word_add sp (word (16 + 16 * i))) =
                    word_join (d (9 + 2 * i)) (d (8 + 2 * i))) /\
           (!i. i < 20
                ==> read128 (memory s') (word_add sp (word (80 + 16 * i))) =
                    word 0) /\
           (!b. ~(b IN range (word_add sp (word 80)) 320)
                ==> memory s' b = memory s b)`;;

(* From an index; tail_test is T, or says what the tail of a unit is. *)
let EXIT code after tail_test =
  let tail = subst [`x3:int64`,`xsp 3 s`] tail_test in
  let pair i = subst [mk_small_numeral (9 + 2 * i),`h:num`;
                      mk_small_numeral (8 + 2 * i),`l:num`]
    `word_join (d (h:num) : int64) (d (l:num) : int64) : int128` in
  let context =
    { code = code;
      permission = permission_from
        [assumed sp_tm FRAME rd_var; assumed frame_slots 320 wr_var];
      aparts = []; aligned = ASSUME; decided = []; simplify = SAVED_CONV } in
  let last = RUN context [body_end code]
    (start_at code after (`x31:int64 = sp`::filter is_eq [tail])
      (assumed_fact sp_tm `word_join (lr:int64) (fp:int64) : int128` ::
       map (fun i -> assumed_fact (address_at sp_tm (16 + 16 * i)) (pair i))
           (0--3))) in
  let goal = subst [code.constant,code_var; pc_at after,`at_after:int64`;
    pc_at (body_end code),`at_end:int64`; tail_test,`tail_test:bool`]
    exit_goal in
  FROM_RESULT [`s:st`; base_var; rd_var; wr_var; sp_tm; `lr:int64`; `fp:int64`;
               `d:num->int64`] goal
    (hidden_result last.reach [frame_slots,320] (blocks_known last sp_tm 0 25)
      [] []);;

(* ------------------------------------------------------------------------- *)
(* No units.                                                                 *)
(* ------------------------------------------------------------------------- *)

let every_register = mk_list(map mk_small_numeral (0--31),`:num`);;

let nothing_goal = call_goal_of
 [call_hyps; `xsp 2 s = word 0 /\ within sp 16 rd /\ within sp 16 wr`]
 [`whole s' /\ program_counter s' = at_end /\
   keeps_x every s s' /\ keeps_v every s s' /\
   read128 (memory s') sp = word_join (xsp 30 s) (xsp 29 s) /\
   (!b. ~(b IN range sp 16) ==> memory s' b = memory s b)`];;

let NOTHING code =
  let last = RUN (call_context code 16 []) [body_end code]
    (start_at code 0 (`x2:int64 = word 0`::call_equations) []) in
  let goal = subst [code.constant,code_var; pc_at (body_end code),`at_end:int64`;
    every_register,`every:num list`] nothing_goal in
  FROM_RESULT (butlast (butlast call_variables)) goal
    (from_call last [sp_tm,16] [assoc sp_tm last.facts] [] []);;

(* ------------------------------------------------------------------------- *)
(* The whole of it, for blocks in memory.                                    *)
(* ------------------------------------------------------------------------- *)

(* What is left, of any call that has units. *)
let left_results = list_mk_conj
 [`whole s' /\ program_counter s' = at_end /\
   keeps_x [18; 19; 20; 21; 22; 23; 24; 25; 26; 27; 28; 29; 30; 31] s s' /\
   keeps_v [31] s s' /\
   (!i. i < 8 ==> vreg (8 + i) s' = word_zx (low (vreg (8 + i) s))) /\
   (!i. i < 8 ==> vreg i s' = word 0) /\
   (!i. i < 15 ==> vreg (16 + i) s' = word 0)`;
  saved_results;
  `!i. i < 20
       ==> read128 (memory s') (word_add sp (word (80 + 16 * i))) = word 0`];;

let call_goal = call_goal_of
 [call_hyps; keys_hyps;
  `xsp 2 s = word n /\ 0 < n /\ n < 2 EXP 64 /\
   xsp 3 s = word z /\ 128 * (m + 4) = z /\ z <= 2 EXP 24 /\
   word_and (word z) (word 511) : int64 = word 0 /\ z * n <= 2 EXP 64 /\
   within src (z * n) rd /\ within dst (z * n) wr /\
   apart dst (z * n) sp 400 /\ apart src (z * n) sp 400 /\
   apart keys 720 dst (z * n) /\ in_place_or_apart src dst (z * n)`]
 [left_results;
  `xsp 0 s' = word_add dst (word (z * n)) /\
   xsp 1 s' = word_add src (word (z * n)) /\
   xsp 3 s' = word z /\ xsp 5 s' = keys /\
   xsp 8 s' = word_add keys (word 704) /\
   ALL (\i. xsp i s' = word 0)
     [2; 4; 6; 7; 9; 10; 11; 12; 13; 14; 15; 16; 17] /\
   (!u j. u < n /\ 16 * j < z
          ==> read128 (memory s') (word_add dst (word (z * u + 16 * j))) =
              block (k:num->int128)
                (tweaks j (cipher w2 (word_add (read128 (memory s) tweak) (word u))))
                (read128 (memory s) (word_add src (word (z * u + 16 * j))))) /\
   (!b. ~(b IN range dst (z * n) UNION range sp 400)
        ==> memory s' b = memory s b)`];;

let SLOTS_WITHIN = prove
 (`!sp s. within sp 400 s ==> within (word_add sp (word 80)) 320 s`,
  REPEAT STRIP_TAC THEN MATCH_MP_TAC WITHIN_PART THEN
  EXISTS_TAC `400` THEN ASM_REWRITE_TAC[] THEN ARITH_TAC);;

let SLOTS_RANGE = prove
 (`!sp. range (word_add sp (word 80)) 320 SUBSET range sp 400`,
  GEN_TAC THEN MATCH_MP_TAC RANGE_PART THEN ARITH_TAC);;

(* What was saved in the frame is below the slots, and not in the output. *)
let SAVED_KEPT = prove
 (`!m m' sp dst n c.
     (!b. ~(b IN range dst n UNION range (word_add sp (word 80)) 320)
          ==> m' b = m b) /\
     apart dst n sp 400 /\ c + 16 <= 80
     ==> read128 m' (word_add sp (word c)) = read128 m (word_add sp (word c))`,
  REPEAT STRIP_TAC THEN MATCH_MP_TAC READ_KEPT THEN
  MAP_EVERY EXISTS_TAC [`dst:int64`; `n:num`; `word_add sp (word 80):int64`;
                        `320`] THEN
  ASM_REWRITE_TAC[] THEN CONJ_TAC THENL
   [MATCH_MP_TAC APART_WEAKEN THEN EXISTS_TAC `400` THEN
    ASM_SIMP_TAC[APART_SYM] THEN ASM_ARITH_TAC;
    MATCH_MP_TAC APART_SAME THEN ASM_ARITH_TAC]);;

(* What is apart from the frame is as it was, where only the frame was written. *)
let FRAME_KEPT = prove
 (`!m m' sp a c n d k.
     (!b. ~(b IN range (word_add sp (word d)) k) ==> m' b = m b) /\
     d + k <= 400 /\ apart a n sp 400 /\ c + 16 <= n
     ==> read128 m' (word_add a (word c)) = read128 m (word_add a (word c))`,
  REPEAT STRIP_TAC THEN MATCH_MP_TAC READ_SAME THEN
  EXISTS_TAC `range (word_add a (word c)) 16` THEN
  REWRITE_TAC[WITHIN_RANGE; SUBSET_REFL] THEN REPEAT STRIP_TAC THEN
  FIRST_X_ASSUM MATCH_MP_TAC THEN
  MP_TAC(SPECL [`a:int64`; `n:num`; `sp:int64`; `400`; `c:num`; `16`; `d:num`;
                `k:num`] APART_PARTS) THEN
  ASM_REWRITE_TAC[APART_RANGE] THEN ASM SET_TAC[]);;

(* The last block of unit u that there is ends in the data. *)
let BLOCK_INSIDE = prove
 (`!z n u j m. 128 * m = z /\ u < n /\ 16 * j < z
               ==> (z * u + 16 * j) + 16 <= z * n`,
  REPEAT STRIP_TAC THEN
  SUBGOAL_THEN `j < 8 * m` ASSUME_TAC THENL [ASM_ARITH_TAC; ALL_TAC] THEN
  SUBGOAL_THEN `16 * j + 16 <= z` ASSUME_TAC THENL [ASM_ARITH_TAC; ALL_TAC] THEN
  TRANS_TAC LE_TRANS `z * SUC u` THEN CONJ_TAC THENL
   [REWRITE_TAC[MULT_CLAUSES] THEN ASM_ARITH_TAC;
    REWRITE_TAC[LE_MULT_LCANCEL] THEN ASM_ARITH_TAC]);;

let CALL code const schedule units =
  let entry = ENTRY code schedule whole_groups (unit_head code)
  and exit = EXIT code (unit_loop_end code) `T` in
  let goal = subst [code.constant,code_var; pc_at (body_end code),`at_end:int64`;
    mk_small_numeral schedule,`schedule:num`;
    const,block_var] call_goal in
  let variables = call_variables @ [`n:num`; `z:num`; `m:num`] in
  prove(list_mk_forall(variables,goal),
    REPEAT GEN_TAC THEN STRIP_TAC THEN
    FIRST_ASSUM(STRIP_ASSUME_TAC o MATCH_MP COUNTER) THEN
    FIRST_ASSUM(ASSUME_TAC o MATCH_MP SLOTS_WITHIN o check (fun th ->
      concl th = `within sp 400 wr`)) THEN
    MP_TAC(SPECL call_variables entry) THEN
    ANTS_TAC THENL [ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC; ALL_TAC] THEN
    REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
    MP_TAC(SPECL [base_var; rd_var; wr_var; `k:num->int128`; `w2:num->int128`;
      sp_tm; keys_tm; `m:num`; `z:num`] units) THEN
    ASM_REWRITE_TAC[] THEN
    DISCH_THEN(MP_TAC o SPECL [`n:num`; `u:st`; `read128 (memory s) tweak`;
      dst_tm; src_tm]) THEN
    ANTS_TAC THENL [ASM_REWRITE_TAC[]; ALL_TAC] THEN
    REWRITE_TAC[keeps_x; keeps_v; ALL; unit_left] THEN
    DISCH_THEN(X_CHOOSE_THEN `v:st` STRIP_ASSUME_TAC) THEN
    MP_TAC(SPECL [`v:st`; base_var; rd_var; wr_var; sp_tm; `xsp 30 s`; `xsp 29 s`;
      `\i. low (vreg i s)`] exit) THEN
    MP_TAC(SPECL [`memory u`; `memory v`; sp_tm; dst_tm; `z * n`] SAVED_KEPT) THEN
    ASM_REWRITE_TAC[] THEN DISCH_TAC THEN
    ANTS_TAC THENL
     [FIRST_ASSUM(MP_TAC o SPEC `0`) THEN REWRITE_TAC[ADD_ZERO] THEN
      ANTS_TAC THENL [ARITH_TAC; DISCH_THEN SUBST1_TAC] THEN
      ASM_REWRITE_TAC[] THEN REPEAT STRIP_TAC THEN
      FIRST_X_ASSUM(MP_TAC o SPEC `16 + 16 * i`) THEN
      ANTS_TAC THENL [ASM_ARITH_TAC; DISCH_THEN SUBST1_TAC] THEN
      ASM_SIMP_TAC[]; ALL_TAC] THEN
    REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `w:st` STRIP_ASSUME_TAC) THEN
    EXISTS_TAC `w:st` THEN
    CONJ_TAC THENL [ASM_MESON_TAC[REACHES_TRANS]; ALL_TAC] THEN
    ASM_REWRITE_TAC[] THEN CONJ_TAC THENL
     [MAP_EVERY X_GEN_TAC [`i:num`; `j:num`] THEN STRIP_TAC THEN
      MP_TAC(SPECL [`z:num`; `n:num`; `i:num`; `j:num`; `m + 4`] BLOCK_INSIDE) THEN
      ANTS_TAC THENL [ASM_REWRITE_TAC[]; DISCH_TAC] THEN
      TRANS_TAC EQ_TRANS
        `read128 (memory v) (word_add dst (word (z * i + 16 * j)))` THEN
      CONJ_TAC THENL
       [MATCH_MP_TAC FRAME_KEPT THEN
        MAP_EVERY EXISTS_TAC [sp_tm; `z * n`; `80`; `320`] THEN
        ASM_REWRITE_TAC[] THEN ARITH_TAC; ALL_TAC] THEN
      FIRST_X_ASSUM(MP_TAC o SPECL [`i:num`; `j:num`] o check
        (fun th -> length (fst (strip_forall (concl th))) = 2)) THEN
      ANTS_TAC THENL [ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC; DISCH_THEN SUBST1_TAC] THEN
      AP_TERM_TAC THEN MATCH_MP_TAC FRAME_KEPT THEN
      MAP_EVERY EXISTS_TAC [sp_tm; `z * n`; `0`; `400`] THEN
      ASM_REWRITE_TAC[ADD_ZERO] THEN ARITH_TAC;
      X_GEN_TAC `b:int64` THEN DISCH_TAC THEN
      TRANS_TAC EQ_TRANS `memory v (b:int64)` THEN CONJ_TAC THENL
       [ALL_TAC; TRANS_TAC EQ_TRANS `memory u (b:int64)` THEN CONJ_TAC] THEN
      FIRST_X_ASSUM MATCH_MP_TAC THEN
      MP_TAC(SPEC sp_tm SLOTS_RANGE) THEN ASM SET_TAC[]]);;

let ENCRYPT_NOTHING = NOTHING encrypt_body;;
let DECRYPT_NOTHING = NOTHING decrypt_body;;
let ENCRYPT_CALL = CALL encrypt_body `arm_encrypt` 0 ENCRYPT_UNITS;;
let DECRYPT_CALL = CALL decrypt_body `arm_decrypt` 240 DECRYPT_UNITS;;
