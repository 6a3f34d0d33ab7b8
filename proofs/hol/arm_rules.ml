(* SPDX-License-Identifier: ISC *)
(* What the engine computes in halves, said of blocks: the rules by which the
   executor shortens values, each a theorem about all numbers. *)

needs "arm_exec.ml";;
needs "xts.ml";;

let BLOCK_BITS_TAC =
  REWRITE_TAC[WORD_EQ_BITS_ALT; DIMINDEX_64; DIMINDEX_128] THEN
  CONV_TAC EXPAND_CASES_CONV THEN
  REWRITE_TAC[BIT_WORD_XOR; BIT_WORD_AND; BIT_WORD_OR; BIT_WORD_NOT;
              BIT_WORD_SHL; BIT_WORD_ISHR; BIT_WORD_JOIN; BIT_WORD_SUBWORD;
              DIMINDEX_64; DIMINDEX_128] THEN
  CONV_TAC NUM_REDUCE_CONV THEN REWRITE_TAC[];;

let JOIN_HALVES = prove
 (`!t. word_join (high t) (low t) : int128 = t`,
  GEN_TAC THEN REWRITE_TAC[low; high] THEN BLOCK_BITS_TAC);;

let LOW_JOIN = prove
 (`!h l. low (word_join (h:int64) (l:int64)) = l`,
  REPEAT GEN_TAC THEN REWRITE_TAC[low] THEN BLOCK_BITS_TAC);;

let HIGH_JOIN = prove
 (`!h l. high (word_join (h:int64) (l:int64)) = h`,
  REPEAT GEN_TAC THEN REWRITE_TAC[high] THEN BLOCK_BITS_TAC);;

let XOR_LOW = prove
 (`!t k. word_xor (low t) (low k) = low (word_xor t k)`,
  REPEAT GEN_TAC THEN REWRITE_TAC[low] THEN BLOCK_BITS_TAC);;

let XOR_HIGH = prove
 (`!t k. word_xor (high t) (high k) = high (word_xor t k)`,
  REPEAT GEN_TAC THEN REWRITE_TAC[high] THEN BLOCK_BITS_TAC);;

(* T = T * x, as double_tweak has it *)
let DOUBLE_HIGH = prove
 (`!t. extract (high t) (low t) 63 = high (double t)`,
  GEN_TAC THEN REWRITE_TAC[low; high; extract; double] THEN
  COND_CASES_TAC THEN ASM_REWRITE_TAC[] THEN BLOCK_BITS_TAC THEN
  CONV_TAC(DEPTH_CONV WORD_RED_CONV) THEN REWRITE_TAC[]);;

let DOUBLE_LOW = prove
 (`!t. word_xor (word_and (word 135) (word_ishr (high t) 63))
                (word_shl (low t) 1) = low (double t)`,
  GEN_TAC THEN REWRITE_TAC[low; high; double] THEN
  COND_CASES_TAC THEN BLOCK_BITS_TAC THEN ASM_REWRITE_TAC[] THEN
  CONV_TAC(DEPTH_CONV WORD_RED_CONV) THEN ASM_REWRITE_TAC[]);;

(* The next number, as next_number has it *)
let VAL_LOW = prove
 (`!n. val (low n) = val n MOD 2 EXP 64`,
  REWRITE_TAC[low; VAL_WORD_SUBWORD; DIMINDEX_64; EXP; DIV_1] THEN
  CONV_TAC NUM_REDUCE_CONV THEN REWRITE_TAC[]);;

let VAL_HIGH = prove
 (`!n. val (high n) = val n DIV 2 EXP 64`,
  GEN_TAC THEN REWRITE_TAC[high; VAL_WORD_SUBWORD; DIMINDEX_64] THEN
  MP_TAC(REWRITE_RULE[DIMINDEX_128] (ISPEC `n:int128` VAL_BOUND)) THEN
  CONV_TAC NUM_REDUCE_CONV THEN DISCH_TAC THEN MATCH_MP_TAC MOD_LT THEN
  ASM_ARITH_TAC);;

let ADD_LOW = prove
 (`!n. word_add (low n) (word 1) = low (word_add n (word 1))`,
  GEN_TAC THEN REWRITE_TAC[GSYM VAL_EQ; VAL_LOW; VAL_WORD_ADD; VAL_WORD_1] THEN
  REWRITE_TAC[VAL_LOW; DIMINDEX_64; DIMINDEX_128] THEN
  REWRITE_TAC[ARITH_RULE `2 EXP 128 = 2 EXP 64 * 2 EXP 64`; MOD_MOD] THEN
  CONV_TAC(LAND_CONV MOD_DOWN_CONV) THEN REFL_TAC);;

(* Bit 63 is set, and one more clears it: they were all ones. *)
let TOP_STAYS = prove
 (`!l:int64. ~(l = word_not (word 0)) /\ bit 63 l
             ==> bit 63 (word_add l (word 1))`,
  let top = REWRITE_RULE[DIMINDEX_64] (INST_TYPE [`:64`,`:N`] MSB_VAL) in
  let top = CONV_RULE NUM_REDUCE_CONV top in
  REWRITE_TAC[top; GSYM VAL_EQ; VAL_WORD_ADD; VAL_WORD_NOT; VAL_WORD_0;
              VAL_WORD_1; DIMINDEX_64] THEN
  CONV_TAC NUM_REDUCE_CONV THEN GEN_TAC THEN
  MP_TAC(REWRITE_RULE[DIMINDEX_64] (ISPEC `l:int64` VAL_BOUND)) THEN
  CONV_TAC NUM_REDUCE_CONV THEN REPEAT STRIP_TAC THEN
  SUBGOAL_THEN `(val (l:int64) + 1) MOD 18446744073709551616 = val l + 1`
    SUBST1_TAC THENL [MATCH_MP_TAC MOD_LT; ALL_TAC] THEN
  ASM_ARITH_TAC);;

let CARRY = prove
 (`!l:int64. word_ushr (word_and l (word_not (word_add l (word 1)))) 63 =
             if l = word_not (word 0) then word 1 else word 0`,
  GEN_TAC THEN COND_CASES_TAC THENL
   [ASM_REWRITE_TAC[] THEN CONV_TAC WORD_REDUCE_CONV; ALL_TAC] THEN
  REWRITE_TAC[WORD_EQ_BITS_ALT; BIT_WORD_USHR; BIT_WORD_AND; BIT_WORD_NOT;
              BIT_WORD_0; DIMINDEX_64] THEN
  X_GEN_TAC `i:num` THEN DISCH_TAC THEN ASM_CASES_TAC `i = 0` THENL
   [ASM_MESON_TAC[TOP_STAYS; ADD_CLAUSES];
    ASM_SIMP_TAC[BIT_TRIVIAL; DIMINDEX_64;
                 ARITH_RULE `~(i = 0) ==> 64 <= i + 63`]]);;

let ADD_HIGH = prove
 (`!n. word_add (high n)
         (word_ushr (word_and (low n)
            (word_not (low (word_add n (word 1))))) 63) =
       high (word_add n (word 1))`,
  GEN_TAC THEN REWRITE_TAC[GSYM ADD_LOW; CARRY] THEN
  REWRITE_TAC[GSYM VAL_EQ; VAL_WORD_NOT; VAL_WORD_0; VAL_LOW; VAL_HIGH;
              VAL_WORD_ADD; VAL_WORD_1; DIMINDEX_64; DIMINDEX_128] THEN
  MP_TAC(REWRITE_RULE[DIMINDEX_128] (ISPEC `n:int128` VAL_BOUND)) THEN
  SPEC_TAC(`val (n:int128)`,`v:num`) THEN GEN_TAC THEN DISCH_TAC THEN
  REWRITE_TAC[ARITH_RULE `2 EXP 128 = 2 EXP 64 * 2 EXP 64`; GSYM DIV_MOD] THEN
  SUBGOAL_THEN `(v + 1) DIV 2 EXP 64 =
    v DIV 2 EXP 64 + (if v MOD 2 EXP 64 = 2 EXP 64 - 1 then 1 else 0)`
    SUBST1_TAC THENL
   [MP_TAC(SPECL [`v:num`; `2 EXP 64`] DIVISION) THEN
    CONV_TAC NUM_REDUCE_CONV THEN STRIP_TAC THEN
    COND_CASES_TAC THEN MATCH_MP_TAC DIV_UNIQ THENL
     [EXISTS_TAC `0`;
      EXISTS_TAC `v MOD 18446744073709551616 + 1`] THEN ASM_ARITH_TAC;
    REWRITE_TAC[SUB_0] THEN
    CONV_TAC NUM_REDUCE_CONV THEN COND_CASES_TAC THEN
    ASM_REWRITE_TAC[VAL_WORD_1; VAL_WORD_0]]);;

(* ------------------------------------------------------------------------- *)
(* Shortening a value: the first rule that fits.                             *)
(* ------------------------------------------------------------------------- *)

let RULES_CONV = FIRST_CONV (map (fun th -> REWR_CONV th)
 [DOUBLE_LOW; DOUBLE_HIGH; JOIN_HALVES; XOR_LOW; XOR_HIGH; LOW_JOIN; HIGH_JOIN;
  ADD_LOW; ADD_HIGH]) ORELSEC REFL;;
