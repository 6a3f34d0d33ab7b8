(* SPDX-License-Identifier: ISC *)
(* The key expansion, from the first instruction to the return.

   `expands code` is what it has to do: for all 64 bytes of keys it stores the
   round keys of FIPS 197, 5.2, for each of the two, and those of the equivalent
   inverse cipher (5.3.5) for the first; no other memory changes but the 16 bytes
   of its frame, and of its registers none that AAPCS64 gives the caller.  It
   leaves no word of a key in a register or in its frame: those that are not as
   they were hold zero or an address.  Its events are a function, trace, of where
   it, the keys and the frame lie.

   It always takes the same steps, so the executor takes all of them. *)

needs "arm_blocks.ml";;
needs "arm_data.ml";;
needs "arm_time.ml";;

let expands = new_definition
 `expands code <=>
    ?trace. !s base rd wr keys key sp.
      whole s /\ program_counter s = base /\
      xsp 0 s = keys /\ xsp 1 s = key /\
      xsp 31 s = word_add sp (word 16) /\ word_and sp (word 15) = word 0 /\
      within key 64 rd /\ within keys 720 rd /\ within sp 16 rd /\
      within keys 720 wr /\ within sp 16 wr /\
      apart key 64 keys 720 /\ apart key 64 sp 16 /\ apart keys 720 sp 16
      ==> ?s'. reaches base code rd wr s s' /\ whole s' /\
               program_counter s' = xsp 30 s /\
               (!i. i < 15
                    ==> read128 (memory s') (word_add keys (word (16 * i))) =
                        round_key (bytes_at (memory s) key 32) i /\
                        read128 (memory s')
                          (word_add keys (word (240 + 16 * i))) =
                        inverse_keys
                          (round_key (bytes_at (memory s) key 32)) i /\
                        read128 (memory s')
                          (word_add keys (word (480 + 16 * i))) =
                        round_key (bytes_at (memory s)
                          (word_add key (word 32)) 32) i) /\
               (!b. ~(b IN range keys 720 UNION range sp 16)
                    ==> memory s' b = memory s b) /\
               keeps_x [0; 5; 6; 7; 8; 9; 10; 11; 12; 13; 14; 15; 16; 17; 18;
                        19; 20; 21; 22; 23; 24; 25; 26; 27; 28; 29; 30; 31]
                       s s' /\
               keeps_v [7; 8; 9; 10; 11; 12; 13; 14; 15; 16; 17; 18; 19; 20; 21;
                        22; 23; 24; 25; 26; 27; 28; 29; 30; 31] s s' /\
               xsp 1 s' = word_add key (word 64) /\
               xsp 2 s' = word_add keys (word 464) /\
               xsp 3 s' = word 0 /\ xsp 4 s' = keys /\
               (!i. i < 7 ==> vreg i s' = word 0) /\
               read128 (memory s') sp = word_join (xsp 30 s) (xsp 29 s) /\
               events s' = APPEND (trace base keys key sp) (events s)`;;

(* ------------------------------------------------------------------------- *)
(* A register of round keys holds lanes of key words.                        *)
(* ------------------------------------------------------------------------- *)

(* What the five instructions of sums leave. *)
let SUMS_LEFT = prove
 (`!a b c d w.
     lanes (word_xor a w) (word_xor (word_xor b a) w)
           (word_xor (word_xor (word_xor c b) a) w)
           (word_xor (word_xor (word_xor d c) (word_xor b a)) w) =
     sums a b c d w`,
  REWRITE_TAC[sums; lanes; XOR_AC]);;

let AESE_ZERO = REWRITE_RULE [XOR_CANCEL] AESE_LANES;;

let RCONS =
  let first,next = CONJ_PAIR RCON_SHL in
  let rec go j th =
    if j = 7 then [th] else
    let step = CONV_RULE NUM_REDUCE_CONV (SPEC (mk_small_numeral j) next) in
    th::go (j + 1)
      (CONV_RULE (RAND_CONV WORD_RED_CONV) (REWRITE_RULE [th] step)) in
  go 1 first;;

let ROUND_KEY_LANES_AT i = CONV_RULE NUM_REDUCE_CONV
  (SPECL [`key:byte list`; mk_small_numeral i] ROUND_KEY_LANES);;

(* |- sums .. = lanes .. for each round key from the third on *)
let SUMS_RULES =
  let even j = SPECL [`key:byte list`; mk_small_numeral j] EXPAND_EVEN
  and odd j = SYM (SPECL [`key:byte list`; mk_small_numeral j] ROUND_KEY_ODD) in
  let at j th =
    CONV_RULE (RAND_CONV (REWRITE_CONV [ROUND_KEY_LANES_AT j]))
      (REWRITE_RULE RCONS (CONV_RULE NUM_REDUCE_CONV th)) in
  map (fun j -> at (2 * j + 2) (even j)) (0--6) @
  map (fun j -> at (2 * j + 3) (odd j)) (0--5);;

(* A value is a few key words.  What is not grows with each round, as a tree to
   more than there is memory for, so that it is refused by its size. *)
let rec leaves tm =
  match tm with
    Comb(f,x) -> leaves f + leaves x
  | Abs(_,t) -> leaves t
  | _ -> 1;;

let EXPAND_CONV tm =
  let th =
   (REWRITE_CONV ([each_lane; LANE_LANES; XOR_LANES; EXT_LANES; AESE_LANES;
                   AESE_ZERO; ROT_LANES; XOR_CANCEL; SUMS_LEFT; LOW_JOIN;
                   HIGH_JOIN] @ SUMS_RULES) THENC
    DEPTH_CONV WORD_SHL_CONV) tm in
  if leaves (rand (concl th)) > 1000 then failwith "no value of a key schedule"
  else th;;

(* ------------------------------------------------------------------------- *)
(* All of it, by the executor.                                               *)
(* ------------------------------------------------------------------------- *)

(* A frame of a multiple of 16 bytes, where SP is aligned. *)
let FRAME_ALIGNED = prove
 (`!n sp. word_and sp (word 15) = word 0
          ==> word_and (word_add sp (word (16 * n))) (word 15) : int64 = word 0`,
  REWRITE_TAC[GSYM VAL_EQ; VAL_MASK 4; VAL_WORD_ADD; VAL_WORD; VAL_WORD_0;
              DIMINDEX_64; ARITH_RULE `2 EXP 64 = 16 * 2 EXP 60`; MOD_MOD] THEN
  REPEAT STRIP_TAC THEN
  SUBGOAL_THEN `((16 * n) MOD (16 * 2 EXP 60)) MOD 16 = 0` ASSUME_TAC THENL
   [REWRITE_TAC[MOD_MOD; MOD_MULT]; ALL_TAC] THEN
  ONCE_REWRITE_TAC[GSYM MOD_ADD_MOD] THEN ASM_REWRITE_TAC[] THEN
  CONV_TAC NUM_REDUCE_CONV);;

let frame_aligned size =
  let th = SPECL [mk_small_numeral (size / 16); sp_tm] FRAME_ALIGNED in
  UNDISCH (CONV_RULE NUM_REDUCE_CONV th);;

(* In a function with a frame of this size at sp: an SP is sp, or is above it. *)
let aligned_with frame tm =
  if tm = concl frame then frame else ASSUME tm;;

let key_tm = `key:int64`;;
let expand_context code =
  { code = code;
    permission = permission_from
              [assumed key_tm 64 rd_var; assumed keys_tm 720 rd_var;
               assumed sp_tm 16 rd_var; assumed keys_tm 720 wr_var;
               assumed sp_tm 16 wr_var];
    aparts = [assumed_apart key_tm 0 64 keys_tm 0 720;
              assumed_apart key_tm 0 64 sp_tm 0 16;
              assumed_apart keys_tm 0 720 sp_tm 0 16];
    aligned = aligned_with (frame_aligned 16);
    decided = []; simplify = EXPAND_CONV };;

let lanes_of = REWRITE_CONV (map ROUND_KEY_LANES_AT (0--14));;

(* |- read128 m (key + 16 i) = lanes .., for the four halves of two keys *)
let key_facts =
  let at c th = CONV_RULE (BINOP2_CONV (RAND_CONV ADDRESS_CONV) lanes_of)
    (SPECL [m_var; address_at key_tm c] th) in
  let low_th,high_th = CONJ_PAIR ROUND_KEY_AT in
  map (fun th -> rand (lhs (concl th)),th)
    [at 0 low_th; at 0 high_th; at 32 low_th; at 32 high_th];;

let run_expand code =
  RUN (expand_context code) [body_end code]
    (start_at code 0 [`x0:int64 = keys`; `x1:int64 = key`;
                      `x31:int64 = word_add sp (word 16)`] key_facts);;

(* What is read of the schedules, as the theorem says it. *)
let schedule_facts facts =
  let first = `round_key (bytes_at m key 32)`
  and second = `round_key (bytes_at m (word_add key (word 32)) 32)` in
  let says c round i =
    let th = assoc (address_at keys_tm (c + 16 * i)) facts in
    let key = (REWRITE_CONV [inverse_keys] THENC NUM_REDUCE_CONV THENC
               lanes_of) (mk_comb(round,mk_small_numeral i)) in
    TRANS th (SYM key) in
  List.concat (map (fun i ->
    [says 0 first i; says 240 (mk_comb(`inverse_keys`,first)) i;
     says 480 second i]) (0--14));;

let expand_result code =
  let last = run_expand code in
  let saved = assoc sp_tm last.facts in
  let reach = CONV_RULE (RATOR_CONV (REWRITE_CONV [ADD_ZERO])) last.reach in
  hidden_result reach [keys_tm,720; sp_tm,16]
    (saved::schedule_facts last.facts) [] [];;

(* What spec, such as expands, says of a body, but for the events. *)
let EXPAND spec code result =
  let says = rand (concl (SPEC code.constant spec)) in
  let variables,goal = strip_forall (said_of_body code says) in
  FROM_RESULT variables goal result;;

let EXPAND_RESULT = expand_result expand_body;;
let EXPAND_KEYS = EXPAND expands expand_body EXPAND_RESULT;;

(* And with them: keys, key and SP are public. *)
let expand_arguments = [0; 1; 31];;
let EXPAND_TOGETHER = TOGETHER expand_body expand_arguments;;
let EXPAND_TIMED = TIME EXPAND_TOGETHER expands EXPAND_KEYS;;

let PLAIN_EXPAND = LIFT (SPEC plain_expand.constant expands)
  PLAIN_EXPAND_LIFTED EXPAND_TIMED;;
let PROTECTED_EXPAND = LIFT (SPEC protected_expand.constant expands)
  PROTECTED_EXPAND_LIFTED EXPAND_TIMED;;
