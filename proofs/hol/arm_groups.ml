(* SPDX-License-Identifier: ISC *)
(* The loops over groups of the engine, proved from its bytes.

   For each loop: from its head, with n > 0 in x7, execution comes to what follows
   the loop; 8n blocks from x0 on are those from x1 on, encrypted or decrypted with
   the tweaks t, 2t, 4t, ...; what else lies in memory, but for the slots in the
   frame, is as it was. *)

needs "arm_blocks.ml";;

let ENCRYPT_BLOCK = block_unrolled arm_encrypt encrypt_rounds;;
let DECRYPT_BLOCK = block_unrolled arm_decrypt decrypt_rounds;;

let groups_goal =
 `!n s t dst src sp.
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
              keeps_x kept s s' /\ keeps_v [29; 30; 31] s s' /\
              (!j. j < 8 * n
                   ==> read128 (memory s') (word_add dst (word (16 * j))) =
                       block k (tweaks j t)
                         (read128 (memory s) (word_add src (word (16 * j))))) /\
              (!b. ~(b IN range dst (128 * n) UNION
                          range (word_add sp (word 80)) 256)
                   ==> memory s' b = memory s b)`;;

let loop_over_groups code (from,after) const block =
  let group = GROUP code from after const block in
  let these = subst [code.constant,code_var; pc_at from,`at_from:int64`;
    pc_at after,`at_after:int64`; group_keeps_x,`kept:num list`;
    const,block_var] in
  let loop = SPECL [code.constant; base_var; rd_var; wr_var; pc_at from;
    pc_at after; `\i s. group_ready k (tweaks (8 * i) t) sp s`; `\s:st. T`;
    these `\i j (p:int128). block (k:num->int128) (tweaks (j + 8 * i) t) p : int128`;
    `7`; `8`; `256`; sp_tm; sp_tm; `0`; group_keeps_x; `[29; 30; 31]`] LOOP in
  let loop = REWRITE_RULE[LET_DEF; LET_END_DEF; APART_NONE;
    ARITH_RULE `16 * 8 = 128`; ARITH_RULE `256 <= 320`] loop in
  prove(list_mk_forall([base_var; rd_var; wr_var; `k:num->int128`],
      these groups_goal),
    REPEAT GEN_TAC THEN STRIP_TAC THEN MP_TAC loop THEN ANTS_TAC THENL
     [MAP_EVERY X_GEN_TAC [`i:num`; `r:st`; `d:int64`; `e:int64`] THEN
      STRIP_TAC THEN
      MP_TAC(SPECL [`r:st`; base_var; rd_var; wr_var; `k:num->int128`;
        `tweaks (8 * i) t`; sp_tm; `d:int64`; `e:int64`] group) THEN
      ASM_REWRITE_TAC[TWEAKS_ADD; ARITH_RULE `8 + 8 * i = 8 * SUC i`]; ALL_TAC]
    THEN
    DISCH_THEN(MP_TAC o SPECL [`n:num`; `0`; `s:st`; dst_tm; src_tm]) THEN
    REWRITE_TAC[ADD_CLAUSES; MULT_CLAUSES; tweaks] THEN
    ANTS_TAC THENL [ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC; ALL_TAC] THEN
    DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
    EXISTS_TAC `u:st` THEN ASM_REWRITE_TAC[] THEN
    X_GEN_TAC `j:num` THEN DISCH_TAC THEN
    SUBGOAL_THEN `?h i. j = 8 * h + i /\ h < n /\ i < 8` STRIP_ASSUME_TAC THENL
     [MAP_EVERY EXISTS_TAC [`j DIV 8`; `j MOD 8`] THEN ASM_ARITH_TAC; ALL_TAC] THEN
    FIRST_X_ASSUM(MP_TAC o SPECL [`h:num`; `i:num`] o check
      (fun th -> length (fst (strip_forall (concl th))) = 2)) THEN
    ASM_REWRITE_TAC[ARITH_RULE `128 * h + 16 * i = 16 * (8 * h + i)`;
                    ARITH_RULE `i + 8 * h = 8 * h + i`]);;

(* Loops 0 and 2 have nothing but groups; loop 1 has the next tweak as well. *)
let loops code const block =
  let l = group_loops code in
  loop_over_groups code (el 0 l) const block,
  loop_over_groups code (el 2 l) const block;;

let ENCRYPT_UNIT_GROUPS,ENCRYPT_SINGLE_GROUPS =
  loops encrypt_body `arm_encrypt` ENCRYPT_BLOCK;;
let DECRYPT_UNIT_GROUPS,DECRYPT_SINGLE_GROUPS =
  loops decrypt_body `arm_decrypt` DECRYPT_BLOCK;;
