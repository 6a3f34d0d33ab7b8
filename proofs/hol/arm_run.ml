(* SPDX-License-Identifier: ISC *)
(* Any number n of units, by LOOP, where UNIT in arm_units.ml is about one.  Their
   tweaks are those of the numbers first, first + 1, ... modulo 2^128; output is the
   input or apart from it; nothing else in memory changes but the frame.  It ends at
   what follows the loop. *)

needs "arm_units.ml";;

let READY_REGISTERS = prove
 (`!k t w2 num keys sp s.
     group_ready k t sp s /\ unit_ready w2 num keys sp s
     ==> whole s /\ xsp 31 s = sp /\ xsp 5 s = keys`,
  SIMP_TAC[group_ready; unit_ready]);;

let NEXT_NUMBER = prove
 (`!n i. word_add (word_add n (word i)) (word 1) : int128 =
         word_add n (word (SUC i))`,
  REWRITE_TAC[ADD1] THEN CONV_TAC WORD_RULE);;

(* Units of z bytes, which are m + 4 groups. *)
let units_goal =
 `128 * (m + 4) = z /\ z <= 2 EXP 24 /\ within sp 400 rd /\ within keys 720 rd /\
  within (word_add sp (word 80)) 320 wr /\ apart keys 720 sp 400
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
              keeps_x callers s s' /\ keeps_v [31] s s' /\
              whole s' /\ xsp 31 s' = sp /\
              (!u j. u < n /\ j < 8 * (m + 4)
                     ==> read128 (memory s')
                           (word_add dst (word (z * u + 16 * j))) =
                         block k
                           (tweaks j (cipher w2 (word_add first (word u))))
                           (read128 (memory s)
                             (word_add src (word (z * u + 16 * j))))) /\
              (!b. ~(b IN range dst (z * n) UNION
                          range (word_add sp (word 80)) 320)
                   ==> memory s' b = memory s b)`;;

(* The loop over units of one function. *)
let UNITS code block_const unit_th =
  let group,_ = hd (group_loops code) in
  let at_after = rand (find_term (fun t -> is_cond t && type_of t = `:int64`)
    (concl unit_th)) in
  let these = subst [code.constant,code_var; pc_at (group - 3),`at_head:int64`;
    at_after,`at_after:int64`; caller_registers,`callers:num list`;
    block_const,block_var] in
  let loop = SPECL [code.constant; base_var; rd_var; wr_var; pc_at (group - 3);
    at_after;
    `\i s. group_ready k (cipher w2 (word_add first (word i))) sp s /\
           unit_ready w2 (word_add first (word (SUC i))) keys sp s /\
           xsp 3 s = word z`; `unit_left keys`;
    these `\i j (p:int128). block (k:num->int128)
             (tweaks j (cipher w2 (word_add first (word i)))) p : int128`;
    `2`; `8 * (m + 4)`; `320`; sp_tm; keys_tm; `720`; caller_registers; `[31]`]
    LOOP in
  let loop = REWRITE_RULE[LET_DEF; LET_END_DEF; LE_REFL;
    ARITH_RULE `16 * 8 * (m + 4) = 128 * (m + 4)`] loop in
  prove(list_mk_forall([base_var; rd_var; wr_var; `k:num->int128`;
      `w2:num->int128`; sp_tm; keys_tm; `m:num`; `z:num`],these units_goal),
    REPEAT GEN_TAC THEN STRIP_TAC THEN REPEAT GEN_TAC THEN STRIP_TAC THEN
    MP_TAC loop THEN ASM_REWRITE_TAC[] THEN ANTS_TAC THENL
     [MAP_EVERY X_GEN_TAC [`i:num`; `r:st`; `d:int64`; `e:int64`] THEN
      STRIP_TAC THEN
      MP_TAC(SPECL [`r:st`; base_var; rd_var; wr_var; `k:num->int128`;
        `w2:num->int128`; `cipher w2 (word_add first (word i))`;
        `word_add first (word (SUC i)) : int128`; sp_tm; keys_tm; `d:int64`;
        `e:int64`; `m:num`] unit_th) THEN
      ASM_REWRITE_TAC[NEXT_NUMBER] THEN
      DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
      EXISTS_TAC `u:st` THEN ASM_REWRITE_TAC[]; ALL_TAC] THEN
    DISCH_THEN(MP_TAC o SPECL [`n:num`; `0`; `s:st`; dst_tm; src_tm]) THEN
    REWRITE_TAC[ADD_CLAUSES; ARITH_RULE `SUC 0 = 1`;
                WORD_RULE `word_add x (word 0) : int128 = x`] THEN
    ANTS_TAC THENL [ASM_REWRITE_TAC[]; ALL_TAC] THEN
    DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
    EXISTS_TAC `u:st` THEN
    SUBGOAL_THEN `whole u /\ xsp 31 u = sp /\ xsp 5 u = keys`
      STRIP_ASSUME_TAC THENL [ASM_MESON_TAC[READY_REGISTERS]; ALL_TAC] THEN
    ASM_REWRITE_TAC[]);;

let ENCRYPT_UNITS = UNITS encrypt_body `arm_encrypt` ENCRYPT_UNIT;;
let DECRYPT_UNITS = UNITS decrypt_body `arm_decrypt` DECRYPT_UNIT;;
