(* SPDX-License-Identifier: ISC *)
(* A single unit with a tail, from the call to the end of the body: its blocks
   (arm_whole.ml), then stealing (arm_steal.ml). *)

needs "arm_steal.ml";;

(* Input behind the output so far is as it was. *)
let STILL_THERE = prove
 (`!m m' src dst sp q z c k.
     (!b. ~(b IN range dst q UNION range sp 400) ==> m' b = m b) /\
     in_place_or_apart src dst z /\ apart src z sp 400 /\ z <= 2 EXP 64 /\
     q <= c /\ c + k <= z
     ==> bytes_at m' (word_add src (word c)) k =
         bytes_at m (word_add src (word c)) k`,
  REPEAT STRIP_TAC THEN MATCH_MP_TAC BYTES_AT_SAME THEN REPEAT STRIP_TAC THEN
  FIRST_X_ASSUM MATCH_MP_TAC THEN
  MP_TAC(SPECL [src_tm; dst_tm; `z:num`; `c:num`; `k:num`; `0`; `q:num`] AHEAD) THEN
  ANTS_TAC THENL [ASM_REWRITE_TAC[ADD_CLAUSES]; ALL_TAC] THEN
  MP_TAC(SPECL [src_tm; `z:num`; sp_tm; `400`; `c:num`; `k:num`] APART_WEAKEN) THEN
  ANTS_TAC THENL [ASM_REWRITE_TAC[]; ALL_TAC] THEN
  REWRITE_TAC[ADD_ZERO; apart; IN_UNION; IN_RANGE] THEN ASM_MESON_TAC[]);;

(* ------------------------------------------------------------------------- *)
(* A unit with a tail of n + 1 bytes, from the call.                         *)
(* ------------------------------------------------------------------------- *)

let tail_results =
 `read128 (memory s') (word_add dst (word (16 * (8 * g + r)))) =
    block k (tweaks completed (cipher w2 (read128 (memory s) tweak)))
      (block_of_bytes (APPEND
        (bytes_at (memory s) (word_add src (word (16 * (8 * g + r) + 16))) (n + 1))
        (drop (n + 1) (bytes_of_block
          (block k (tweaks lent (cipher w2 (read128 (memory s) tweak)))
            (read128 (memory s) (word_add src (word (16 * (8 * g + r)))))))))) /\
  bytes_at (memory s') (word_add dst (word (16 * (8 * g + r) + 16))) (n + 1) =
    take (n + 1) (bytes_of_block
      (block (k:num->int128)
        (tweaks lent (cipher w2 (read128 (memory s) tweak)) : int128)
        (read128 (memory s) (word_add src (word (16 * (8 * g + r))))) : int128))`;;

(* The output is read, too. *)
let tail_single_goal = call_goal_of
  (single_hyps `16 + n + 1` @ [`n < 15 /\ within dst z rd`])
  (single_results (mk_conj
    (`xsp 5 s' = word_add src (word (16 * (8 * g + r) + 16))`,tail_results)));;

let TAIL_SINGLE code const schedule (from,into) call steal =
  let exit = EXIT code (wipe_head code) `T` in
  let index at = if at = 0 then `8 * g + r` else `8 * g + r + 1` in
  let goal = subst [code.constant,code_var; pc_at (body_end code),`at_end:int64`;
    mk_small_numeral schedule,`schedule:num`; index from,`lent:num`;
    index into,`completed:num`; const,block_var] tail_single_goal in
  prove(list_mk_forall(single_call_variables @ [`n:num`],goal),
    REPEAT GEN_TAC THEN STRIP_TAC THEN
    ABBREV_TAC `q = 8 * g + r` THEN
    SUBGOAL_THEN `16 * q + 16 + n + 1 = z /\ z <= 2 EXP 64 /\ r < 8`
      STRIP_ASSUME_TAC THENL
     [UNDISCH_TAC `sized z g r (16 + n + 1)` THEN EXPAND_TAC "q" THEN
      REWRITE_TAC[sized] THEN ARITH_TAC; ALL_TAC] THEN
    FIRST_ASSUM(ASSUME_TAC o MATCH_MP SLOTS_WITHIN o check (fun th ->
      concl th = `within sp 400 wr`)) THEN
    MP_TAC(SPECL (single_call_variables @ [`16 + n + 1`]) call) THEN
    ANTS_TAC THENL [ASM_REWRITE_TAC[]; ALL_TAC] THEN
    SUBGOAL_THEN `(16 + n + 1) MOD 16 = n + 1` (fun th -> REWRITE_TAC[th]) THENL
     [MATCH_MP_TAC MOD_UNIQ THEN EXISTS_TAC `1` THEN ASM_ARITH_TAC; ALL_TAC] THEN
    ASM_REWRITE_TAC[keeps_x; keeps_v; ALL; ADD_ASSOC] THEN
    REWRITE_TAC[GSYM ADD_ASSOC] THEN
    DISCH_THEN(X_CHOOSE_THEN `v:st` STRIP_ASSUME_TAC) THEN
    MP_TAC(SPECL [`v:st`; base_var; rd_var; wr_var; `k:num->int128`;
      `tweaks q (cipher w2 (read128 (memory s) tweak))`;
      `tweaks (q + 1) (cipher w2 (read128 (memory s) tweak))`;
      `word_add dst (word (16 * q)):int64`; `word_add src (word (16 * q)):int64`;
      `word_add sp (word (80 + 32 * r)):int64`; `n:num`] steal) THEN
    ANTS_TAC THENL
     [ASM_REWRITE_TAC[WORD_ADD_ASSOC_NUM] THEN
      FIRST_ASSUM(MP_TAC o SPEC `0` o check (fun th -> is_forall (concl th) &&
        can (find_term ((=) `2`)) (concl th) &&
        can (find_term ((=) `v:st`)) (concl th) &&
        can (find_term ((=) `80`)) (concl th) &&
        can (find_term ((=) `96`)) (concl th))) THEN
      FIRST_ASSUM(MP_TAC o SPEC `1` o check (fun th -> is_forall (concl th) &&
        can (find_term ((=) `v:st`)) (concl th) &&
        can (find_term ((=) `96`)) (concl th))) THEN
      REWRITE_TAC[ARITH_RULE `0 < 2 /\ 1 < 2`; ADD_CLAUSES;
        ARITH_RULE `80 + 32 * (r + 1) = (80 + 32 * r) + 32 /\
                    96 + 32 * (r + 1) = (80 + 32 * r) + 48 /\
                    96 + 32 * r = (80 + 32 * r) + 16`] THEN
      REPLICATE_TAC 2 (DISCH_THEN STRIP_ASSUME_TAC) THEN
      ASM_REWRITE_TAC[] THEN REPEAT CONJ_TAC THENL
       [MATCH_MP_TAC WITHIN_PART THEN EXISTS_TAC `z:num`;
        MATCH_MP_TAC WITHIN_PART THEN EXISTS_TAC `400`;
        MATCH_MP_TAC WITHIN_PART THEN EXISTS_TAC `z:num`;
        MATCH_MP_TAC WITHIN_PART THEN EXISTS_TAC `z:num`;
        MATCH_MP_TAC APART_PARTS THEN MAP_EVERY EXISTS_TAC [`z:num`; `400`];
        UNDISCH_TAC `in_place_or_apart src dst z` THEN
        REWRITE_TAC[in_place_or_apart] THEN STRIP_TAC THEN ASM_REWRITE_TAC[] THEN
        DISJ2_TAC THEN MATCH_MP_TAC APART_PARTS THEN
        MAP_EVERY EXISTS_TAC [`z:num`; `z:num`]] THEN
      ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC; ALL_TAC] THEN
    REWRITE_TAC[keeps_x; keeps_v; ALL; WORD_ADD_ASSOC_NUM] THEN
    DISCH_THEN(X_CHOOSE_THEN `w:st` STRIP_ASSUME_TAC) THEN
    SUBGOAL_THEN
     `bytes_at (memory v) (word_add src (word (16 * q + 16))) (n + 1) =
        bytes_at (memory s) (word_add src (word (16 * q + 16))) (n + 1) /\
      read128 (memory v) (word_add src (word (16 * q))) =
        read128 (memory s) (word_add src (word (16 * q)))`
      (CONJUNCTS_THEN SUBST_ALL_TAC) THENL
     [REWRITE_TAC[GSYM BLOCK_OF_BYTES_AT] THEN
      CONJ_TAC THENL [ALL_TAC; AP_TERM_TAC] THEN MATCH_MP_TAC STILL_THERE THEN
      MAP_EVERY EXISTS_TAC [dst_tm; sp_tm; `16 * q`; `z:num`] THEN
      ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC; ALL_TAC] THEN
    SUBGOAL_THEN `!c. c + 16 <= 80
      ==> read128 (memory w) (word_add sp (word c)) =
          read128 (memory v) (word_add sp (word c))` ASSUME_TAC THENL
     [REPEAT STRIP_TAC THEN MATCH_MP_TAC APART_KEPT THEN
      MAP_EVERY EXISTS_TAC [`word_add dst (word (16 * q)):int64`; `16 + n + 1`] THEN
      ASM_REWRITE_TAC[] THEN MATCH_MP_TAC APART_PARTS THEN
      MAP_EVERY EXISTS_TAC [`400`; `z:num`] THEN ASM_SIMP_TAC[APART_SYM] THEN
      ASM_ARITH_TAC; ALL_TAC] THEN
    MP_TAC(SPECL [`w:st`; base_var; rd_var; wr_var; sp_tm; `xsp 30 s`; `xsp 29 s`;
      `\i. low (vreg i s)`] exit) THEN
    ANTS_TAC THENL
     [ASM_REWRITE_TAC[] THEN FIRST_ASSUM(MP_TAC o SPEC `0`) THEN
      REWRITE_TAC[ADD_ZERO] THEN
      ANTS_TAC THENL [ARITH_TAC; DISCH_THEN SUBST1_TAC] THEN
      ASM_REWRITE_TAC[] THEN REPEAT STRIP_TAC THEN
      FIRST_X_ASSUM(MP_TAC o SPEC `16 + 16 * i`) THEN
      ANTS_TAC THENL [ASM_ARITH_TAC; DISCH_THEN SUBST1_TAC] THEN
      ASM_SIMP_TAC[]; ALL_TAC] THEN
    REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `x:st` STRIP_ASSUME_TAC) THEN
    EXISTS_TAC `x:st` THEN
    CONJ_TAC THENL [ASM_MESON_TAC[REACHES_TRANS]; ALL_TAC] THEN
    ASM_REWRITE_TAC[] THEN
    SUBGOAL_THEN `!c. c + 16 <= z
      ==> read128 (memory x) (word_add dst (word c)) =
          read128 (memory w) (word_add dst (word c))` ASSUME_TAC THENL
     [REPEAT STRIP_TAC THEN MATCH_MP_TAC FRAME_KEPT THEN
      MAP_EVERY EXISTS_TAC [sp_tm; `z:num`; `80`; `320`] THEN
      ASM_REWRITE_TAC[] THEN ARITH_TAC; ALL_TAC] THEN
    REPEAT CONJ_TAC THENL
     [SUBGOAL_THEN `16 * q + 16 <= z` ASSUME_TAC THENL
       [ASM_ARITH_TAC; ASM_SIMP_TAC[]];
      TRANS_TAC EQ_TRANS
        `bytes_at (memory w) (word_add dst (word (16 * q + 16))) (n + 1)` THEN
      CONJ_TAC THENL [ALL_TAC; ASM_REWRITE_TAC[]] THEN
      MATCH_MP_TAC BYTES_AT_SAME THEN REPEAT STRIP_TAC THEN
      FIRST_X_ASSUM MATCH_MP_TAC THEN
      MP_TAC(SPECL [dst_tm; `z:num`; sp_tm; `16 * q + 16`; `n + 1`; `320`]
        SLOTS_APART) THEN
      ANTS_TAC THENL [ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC; ALL_TAC] THEN
      REWRITE_TAC[apart; IN_RANGE] THEN ASM_MESON_TAC[];
      X_GEN_TAC `j:num` THEN DISCH_TAC THEN
      SUBGOAL_THEN `16 * j + 16 <= z` ASSUME_TAC THENL
       [ASM_ARITH_TAC; ASM_SIMP_TAC[]] THEN
      TRANS_TAC EQ_TRANS `read128 (memory v) (word_add dst (word (16 * j)))` THEN
      CONJ_TAC THENL
       [MATCH_MP_TAC APART_KEPT THEN
        MAP_EVERY EXISTS_TAC [`word_add dst (word (16 * q)):int64`; `16 + n + 1`] THEN
        ASM_REWRITE_TAC[] THEN MATCH_MP_TAC APART_SAME THEN ASM_ARITH_TAC;
        ASM_SIMP_TAC[]];
      X_GEN_TAC `b:int64` THEN DISCH_TAC THEN
      TRANS_TAC EQ_TRANS `memory w (b:int64)` THEN CONJ_TAC THENL
       [ALL_TAC; TRANS_TAC EQ_TRANS `memory v (b:int64)` THEN CONJ_TAC] THEN
      FIRST_X_ASSUM MATCH_MP_TAC THEN
      MP_TAC(SPEC sp_tm SLOTS_RANGE) THEN
      MP_TAC(SPECL [dst_tm; `z:num`; `16 * q`; `16 + n + 1`] RANGE_PART) THEN
      MP_TAC(SPECL [dst_tm; `z:num`; `16 * q`] RANGE_PREFIX) THEN
      ASM_REWRITE_TAC[LE_REFL] THEN
      (ANTS_TAC THENL [ASM_ARITH_TAC; ALL_TAC]) THEN ASM SET_TAC[]]);;

let ENCRYPT_TAIL_SINGLE = TAIL_SINGLE encrypt_body `arm_encrypt` 0 (0,32)
  ENCRYPT_SINGLE_CALL ENCRYPT_STEAL;;
let DECRYPT_TAIL_SINGLE = TAIL_SINGLE decrypt_body `arm_decrypt` 240 (32,0)
  DECRYPT_SINGLE_CALL DECRYPT_STEAL;;
