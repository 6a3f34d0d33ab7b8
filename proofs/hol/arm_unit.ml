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

(* ------------------------------------------------------------------------- *)
(* By the executor.                                                          *)
(* ------------------------------------------------------------------------- *)

let assumed_apart p c m q d n =
  ASSUME (list_mk_comb(`apart`,
    [address_at p c; mk_small_numeral m; address_at q d; mk_small_numeral n]));;

let dst_tm = `dst:int64` and src_tm = `src:int64`;;
let sp_tm = `sp:int64` and keys_tm = `keys:int64`;;

(* Four groups: what they read ahead is apart from what those before wrote. *)
let unit_end_context code =
  { code = code;
    regions = [assumed src_tm 512 rd_var; assumed sp_tm 400 rd_var;
               assumed keys_tm 720 rd_var; assumed dst_tm 512 wr_var;
               assumed frame_slots 320 wr_var];
    aparts = [assumed_apart dst_tm 0 512 sp_tm 0 400;
              assumed_apart keys_tm 0 720 sp_tm 0 400;
              assumed_apart keys_tm 0 720 dst_tm 0 512;
              assumed_apart src_tm 0 512 sp_tm 0 400;
              assumed_apart src_tm 128 384 dst_tm 0 128;
              assumed_apart src_tm 256 256 dst_tm 128 128;
              assumed_apart src_tm 384 128 dst_tm 256 128];
    aligned = [ASSUME `word_and sp (word 15) : int64 = word 0`];
    decided = [];
    simplify = REWR_CONV CIPHER_UNROLLED ORELSEC RULES_CONV };;

let read_tm m a = list_mk_comb(`read128`,[m; a]);;
let assumed_fact a v = a,ASSUME (mk_eq(read_tm m_var a,v));;
let w2_at i = mk_comb(`w2:num->int128`,mk_small_numeral i);;

(* Input that is not known: what is read there is what is there. *)
let unknown_fact p c =
  let a = address_at p c in a,REFL (read_tm m_var a);;

let unit_end_run code =
  let from = snd (hd (group_loops code)) in
  let equations = [`x0:int64 = dst`; `x1:int64 = src`; `x5:int64 = keys`;
                   `x4 = low num`; `x6 = high num`] @ ready_equations in
  let xs = registers_from equations xvars
  and vs = registers_from equations vvars in
  let start = mk_state(pc_at from,mk_list(xs,`:int64`),mk_list(vs,`:int128`),
                       f_var,m_var,ev_var) in
  let facts =
    map (fun e -> assumed_fact (rand (lhs e)) (rand e)) ready_memory @
    [assumed_fact (address_at sp_tm 368) `num:int128`] @
    map (fun i -> assumed_fact (address_at keys_tm (480 + 16 * i)) (w2_at i))
        (0--14) @
    map (fun j -> unknown_fact src_tm (16 * j)) (0--31) in
  RUN (unit_end_context code) []
    { reach = SPECL [base_var; code.constant; rd_var; wr_var; start] REACHES_REFL;
      facts = facts };;
