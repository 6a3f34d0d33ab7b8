(* SPDX-License-Identifier: ISC *)
(* A unit of a run: its last four groups, between whose rounds the next unit's
   tweak is encrypted.

   unit_ready says what holds, beside group_ready, wherever a unit has blocks
   left: num is the next unit's tweak, in registers and in the frame, and w2 the
   round keys of the tweak key, in memory. *)

needs "arm_groups.ml";;

(* The cipher as the engine takes its steps; for tweaks. *)
let arm_cipher = new_definition
 `arm_cipher k x =
    word_xor
      (sub_bytes (shift_rows
        (word_xor (encrypt_rounds 12 k (word_xor x (k 0))) (k 13)))) (k 14)`;;

let ARM_CIPHER = prove
 (`!w x. arm_cipher w x = cipher w x`,
  REWRITE_TAC[arm_cipher; ENCRYPT_ROUNDS; cipher; num_CONV `13`; rounds;
              SUB_SHIFT] THEN
  CONV_TAC NUM_REDUCE_CONV);;

let CIPHER_UNROLLED =
  REWRITE_RULE [ARM_CIPHER] (block_unrolled arm_cipher encrypt_rounds);;

let unit_ready = new_definition
 `unit_ready (w2:num->int128) num keys sp s <=>
    xsp 5 s = keys /\ xsp 4 s = low num /\ xsp 6 s = high num /\
    read128 (memory s) (word_add sp (word 368)) = num /\
    (!i. i < 15
         ==> read128 (memory s) (word_add keys (word (480 + 16 * i))) = w2 i)`;;

(* What it leaves in the two registers that nothing else speaks of. *)
let unit_left = new_definition
 `unit_left keys s <=> xsp 7 s = word 0 /\ xsp 8 s = word_add keys (word 704)`;;

(* ------------------------------------------------------------------------- *)
(* By the executor.                                                          *)
(* ------------------------------------------------------------------------- *)

(* Four groups: what they read ahead is apart from what those before wrote. *)
let unit_end_context code =
  { code = code;
    permission = permission_from
              [assumed src_tm 512 rd_var; assumed sp_tm 400 rd_var;
               assumed keys_tm 720 rd_var; assumed dst_tm 512 wr_var;
               assumed frame_slots 320 wr_var];
    aparts = [assumed_apart dst_tm 0 512 sp_tm 0 400;
              assumed_apart keys_tm 0 720 sp_tm 0 400;
              assumed_apart keys_tm 0 720 dst_tm 0 512;
              assumed_apart src_tm 0 512 sp_tm 0 400;
              assumed_apart src_tm 128 384 dst_tm 0 128;
              assumed_apart src_tm 256 256 dst_tm 128 128;
              assumed_apart src_tm 384 128 dst_tm 256 128];
    aligned = ASSUME;
    decided = [];
    simplify = REWR_CONV CIPHER_UNROLLED ORELSEC RULES_CONV };;

let w2_at i = mk_comb(`w2:num->int128`,mk_small_numeral i);;

(* The 15 round keys of a schedule. *)
let round_key_facts c w =
  map (fun i -> assumed_fact (address_at keys_tm (c + 16 * i)) (w i)) (0--14);;

let unit_end_result code block =
  let last = RUN (unit_end_context code) []
    (start_at code (snd (hd (group_loops code)))
      ([`x0:int64 = dst`; `x1:int64 = src`; `x5:int64 = keys`;
        `x4 = low num`; `x6 = high num`] @ ready_equations)
      (assumed_facts ready_memory @
       [assumed_fact (address_at sp_tm 368) `num:int128`] @
       round_key_facts 480 w2_at @
       map (fun j -> unknown_fact src_tm (16 * j)) (0--31))) in
  hidden_result last.reach [dst_tm,512; frame_slots,320]
    (blocks_out last block 32 @ blocks_known last sp_tm 80 16 @
     blocks_known last keys_tm 480 15 @ blocks_known last sp_tm 368 1)
    [12; 13] (0--15);;

(* ------------------------------------------------------------------------- *)
(* The same, of states by their registers.                                   *)
(* ------------------------------------------------------------------------- *)

STATE_PREDICATES := unit_ready :: unit_left :: !STATE_PREDICATES;;

let unit_end_goal =
 `group_ready k t sp s /\ unit_ready w2 num keys sp s /\
  program_counter s = at_from /\ xsp 0 s = dst /\ xsp 1 s = src /\
  within src 512 rd /\ within sp 400 rd /\ within keys 720 rd /\
  within dst 512 wr /\ within (word_add sp (word 80)) 320 wr /\
  apart dst 512 sp 400 /\ apart keys 720 sp 400 /\ apart keys 720 dst 512 /\
  apart src 512 sp 400 /\
  apart (word_add src (word 128)) 384 dst 128 /\
  apart (word_add src (word 256)) 256 (word_add dst (word 128)) 128 /\
  apart (word_add src (word 384)) 128 (word_add dst (word 256)) 128
  ==> ?s'. reaches base code rd wr s s' /\
           group_ready k (cipher w2 num) sp s' /\
           unit_ready w2 (word_add num (word 1)) keys sp s' /\
           unit_left keys s' /\
           program_counter s' =
             (if ~(word_sub (xsp 2 s) (word 1) = word 0)
              then at_head else at_after) /\
           xsp 0 s' = word_add dst (word 512) /\
           xsp 1 s' = word_add src (word 512) /\
           xsp 2 s' = word_sub (xsp 2 s) (word 1) /\
           keeps_x [3; 18; 19; 20; 21; 22; 23; 24; 25; 26; 27; 28; 29; 30] s s' /\
           keeps_v [31] s s' /\
           (!j. j < 32
                ==> read128 (memory s') (word_add dst (word (16 * j))) =
                    block k (tweaks j t)
                      (read128 (memory s) (word_add src (word (16 * j))))) /\
           (!b. ~(b IN range dst 512 UNION range (word_add sp (word 80)) 320)
                ==> memory s' b = memory s b)`;;

let UNIT_END code block_const block =
  let from = snd (hd (group_loops code)) in
  let result = unit_end_result code block in
  let reached = find (can (find_term ((=) `reaches`)))
                     (conjuncts (snd (strip_exists (concl result)))) in
  let pc = hd (state_parts (rand reached)) in
  let goal = subst [code.constant,code_var; pc_at from,`at_from:int64`;
    rand (rator pc),`at_head:int64`; rand pc,`at_after:int64`;
    block_const,block_var] unit_end_goal in
  FROM_RESULT [`s:st`; base_var; rd_var; wr_var; `k:num->int128`;
               `w2:num->int128`; `t:int128`; `num:int128`; sp_tm; keys_tm;
               dst_tm; src_tm] goal result;;

let ENCRYPT_UNIT_END =
  UNIT_END encrypt_body `arm_encrypt` ENCRYPT_BLOCK;;
let DECRYPT_UNIT_END =
  UNIT_END decrypt_body `arm_decrypt` DECRYPT_BLOCK;;
