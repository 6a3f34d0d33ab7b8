(* SPDX-License-Identifier: ISC *)
(* Memory in blocks of 16 bytes: what is read after what was written, where
   regions are apart, and what a permission for a region permits inside of it.

   All loads and stores of the engine but those of single bytes are of 16 bytes,
   or of two registers of 8, which come to the same (PAIR lemmas). *)

needs "arm_step.ml";;

(* No byte of the k from a on is one of the l from b on. *)
let apart = new_definition
 `apart (a:int64) k (b:int64) l <=>
    !i j. i < k /\ j < l ==> ~(word_add a (word i) = word_add b (word j))`;;

(* The halves of a block. *)
let low = new_definition `low (t:int128) : int64 = word_subword t (0,64)`;;
let high = new_definition `high (t:int128) : int64 = word_subword t (64,64)`;;

let APART_SYM = prove
 (`!a k b l. apart a k b l ==> apart b l a k`,
  REWRITE_TAC[apart] THEN MESON_TAC[]);;

let WORD_ADD_ASSOC_NUM = prove
 (`!a c i. word_add (word_add a (word c)) (word i) = word_add a (word (c + i))`,
  CONV_TAC WORD_RULE);;

(* Parts of regions that are apart are apart. *)
let APART_PARTS = prove
 (`!p m q n c k d l.
     apart p m q n /\ c + k <= m /\ d + l <= n
     ==> apart (word_add p (word c)) k (word_add q (word d)) l`,
  REWRITE_TAC[apart; WORD_ADD_ASSOC_NUM] THEN REPEAT STRIP_TAC THEN
  FIRST_X_ASSUM(MP_TAC o SPECL [`c + i:num`; `d + j:num`]) THEN
  ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC);;

(* Parts of one region, where neither overlaps the other: the region ends before
   the address space does. *)
let APART_SAME = prove
 (`!p c k d l.
     (c + k <= d \/ d + l <= c) /\ c + k <= 2 EXP 64 /\ d + l <= 2 EXP 64
     ==> apart (word_add p (word c)) k (word_add p (word d)) l`,
  REWRITE_TAC[apart; WORD_ADD_ASSOC_NUM] THEN
  REWRITE_TAC[WORD_RULE `word_add p (x:int64) = word_add p y <=> x = y`] THEN
  REWRITE_TAC[WORD_EQ; DIMINDEX_64; CONG] THEN REPEAT GEN_TAC THEN
  DISCH_THEN(REPEAT_TCL CONJUNCTS_THEN ASSUME_TAC) THEN
  REPEAT GEN_TAC THEN STRIP_TAC THEN
  SUBGOAL_THEN `c + i < 2 EXP 64 /\ d + j < 2 EXP 64` STRIP_ASSUME_TAC THENL
   [ASM_ARITH_TAC; ASM_SIMP_TAC[MOD_LT] THEN ASM_ARITH_TAC]);;

let WITHIN_PART = prove
 (`!p n s c k.
     within p n s /\ c + k <= n ==> within (word_add p (word c)) k s`,
  REWRITE_TAC[within; WORD_ADD_ASSOC_NUM] THEN REPEAT STRIP_TAC THEN
  FIRST_X_ASSUM MATCH_MP_TAC THEN ASM_ARITH_TAC);;

(* ------------------------------------------------------------------------- *)
(* Bytes of what is read and written.                                        *)
(* ------------------------------------------------------------------------- *)

let READ_BYTES_BOUND = prove
 (`!k m a. read_bytes k m a < 256 EXP k`,
  INDUCT_TAC THEN REWRITE_TAC[read_bytes; EXP; ARITH] THEN REPEAT GEN_TAC THEN
  FIRST_X_ASSUM(MP_TAC o SPECL [`m:int64->byte`; `word_add a (word 1):int64`]) THEN
  MP_TAC(REWRITE_RULE[DIMINDEX_8]
    (ISPEC `(m:int64->byte) a` VAL_BOUND)) THEN
  CONV_TAC NUM_REDUCE_CONV THEN ARITH_TAC);;

let READ_BYTES_BYTE = prove
 (`!k m a i. i < k ==> read_bytes k m a DIV (256 EXP i) MOD 256 =
                       val (m (word_add a (word i)))`,
  INDUCT_TAC THEN REWRITE_TAC[LT] THEN REPEAT GEN_TAC THEN
  REWRITE_TAC[GSYM LT; read_bytes] THEN
  MP_TAC(REWRITE_RULE[DIMINDEX_8] (ISPEC `(m:int64->byte) a` VAL_BOUND)) THEN
  CONV_TAC(ONCE_DEPTH_CONV NUM_EXP_CONV) THEN DISCH_TAC THEN
  STRUCT_CASES_TAC(SPEC `i:num` num_CASES) THEN
  REWRITE_TAC[LT_SUC; EXP; DIV_1; WORD_ADD_0] THENL
   [ASM_SIMP_TAC[MOD_MULT_ADD; MOD_LT]; ALL_TAC] THEN
  DISCH_TAC THEN REWRITE_TAC[GSYM DIV_DIV] THEN
  SUBGOAL_THEN
   `(val ((m:int64->byte) a) + 256 * read_bytes k m (word_add a (word 1))) DIV 256
    = read_bytes k m (word_add a (word 1))` SUBST1_TAC THENL
   [MATCH_MP_TAC DIV_UNIQ THEN EXISTS_TAC `val ((m:int64->byte) a)` THEN
    ASM_ARITH_TAC; ALL_TAC] THEN
  ASM_SIMP_TAC[WORD_ADD_ASSOC_NUM; ARITH_RULE `1 + n = SUC n`]);;

let READ_BYTES_CONG = prove
 (`!k m n a b.
     (!i. i < k ==> m (word_add a (word i)) = n (word_add b (word i)))
     ==> read_bytes k m a = read_bytes k n b`,
  INDUCT_TAC THEN REWRITE_TAC[read_bytes] THEN REPEAT STRIP_TAC THEN
  BINOP_TAC THENL
   [FIRST_X_ASSUM(MP_TAC o SPEC `0`) THEN REWRITE_TAC[LT_0; WORD_ADD_0] THEN
    SIMP_TAC[]; AP_TERM_TAC] THEN
  FIRST_X_ASSUM MATCH_MP_TAC THEN REPEAT STRIP_TAC THEN
  FIRST_X_ASSUM(MP_TAC o SPEC `SUC i`) THEN
  ASM_REWRITE_TAC[LT_SUC; WORD_ADD_ASSOC_NUM; ARITH_RULE `1 + i = SUC i`]);;

(* A word that has the bytes of a number. *)
let SUBWORD_READ = prove
 (`!k m a i. 8 * k <= dimindex(:N) /\ i < k
             ==> word_subword (word (read_bytes k m a) : N word) (8 * i,8) : byte
                 = m (word_add a (word i))`,
  REPEAT STRIP_TAC THEN REWRITE_TAC[GSYM VAL_EQ] THEN
  REWRITE_TAC[VAL_WORD_SUBWORD; DIMINDEX_8; VAL_WORD] THEN
  SUBGOAL_THEN `read_bytes k m a MOD 2 EXP dimindex(:N) = read_bytes k m a`
    SUBST1_TAC THENL
   [MATCH_MP_TAC MOD_LT THEN TRANS_TAC LTE_TRANS `256 EXP k` THEN
    REWRITE_TAC[READ_BYTES_BOUND; ARITH_RULE `256 = 2 EXP 8`; EXP_EXP] THEN
    ASM_REWRITE_TAC[LE_EXP] THEN ASM_ARITH_TAC;
    ASM_SIMP_TAC[GSYM READ_BYTES_BYTE] THEN
    REWRITE_TAC[ARITH_RULE `256 = 2 EXP 8`; EXP_EXP] THEN
    CONV_TAC NUM_REDUCE_CONV]);;

let READ128_BYTE = prove
 (`!m a i. i < 16 ==> word_subword (read128 m a) (8 * i,8) : byte =
                      m (word_add a (word i))`,
  REPEAT STRIP_TAC THEN REWRITE_TAC[read128] THEN MATCH_MP_TAC SUBWORD_READ THEN
  REWRITE_TAC[DIMINDEX_128] THEN ASM_ARITH_TAC);;

let READ64_BYTE = prove
 (`!m a i. i < 8 ==> word_subword (read64 m a) (8 * i,8) : byte =
                     m (word_add a (word i))`,
  REPEAT STRIP_TAC THEN REWRITE_TAC[read64] THEN MATCH_MP_TAC SUBWORD_READ THEN
  REWRITE_TAC[DIMINDEX_64] THEN ASM_ARITH_TAC);;

(* Words are equal if their bytes are. *)
let EQ_BYTES = prove
 (`!k v w. dimindex(:N) = 8 * k /\
           (!i. i < k ==> word_subword (v:N word) (8 * i,8) : byte =
                          word_subword w (8 * i,8))
           ==> v = w`,
  REPEAT STRIP_TAC THEN REWRITE_TAC[WORD_EQ_BITS_ALT] THEN
  X_GEN_TAC `n:num` THEN ASM_REWRITE_TAC[] THEN DISCH_TAC THEN
  FIRST_X_ASSUM(MP_TAC o SPEC `n DIV 8`) THEN
  ANTS_TAC THENL [ASM_ARITH_TAC; ALL_TAC] THEN
  DISCH_THEN(MP_TAC o AP_TERM `bit (n MOD 8):byte->bool`) THEN
  REWRITE_TAC[BIT_WORD_SUBWORD; DIMINDEX_8] THEN
  SUBGOAL_THEN `8 * n DIV 8 + n MOD 8 = n /\ n MOD 8 < 8`
    (fun th -> REWRITE_TAC[th; ARITH_RULE `MIN 8 8 = 8`]) THEN
  ARITH_TAC);;

let WRITE_AT = prove
 (`!k (v:N word) m a i.
     i < k /\ k <= 2 EXP 64
     ==> write_bytes k v m a (word_add a (word i)) = word_subword v (8 * i,8)`,
  REPEAT STRIP_TAC THEN
  REWRITE_TAC[write_bytes; WORD_RULE `word_sub (word_add a b) a = b`] THEN
  SUBGOAL_THEN `val (word i : int64) = i` SUBST1_TAC THENL
   [REWRITE_TAC[VAL_WORD; DIMINDEX_64] THEN MATCH_MP_TAC MOD_LT THEN
    ASM_ARITH_TAC; ASM_REWRITE_TAC[]]);;

let WRITE_APART = prove
 (`!k (v:N word) m a b.
     (!j. j < k ==> ~(word_add a (word j) = b)) ==> write_bytes k v m a b = m b`,
  REPEAT STRIP_TAC THEN REWRITE_TAC[write_bytes] THEN COND_CASES_TAC THEN
  REWRITE_TAC[] THEN
  FIRST_X_ASSUM(MP_TAC o SPEC `val (word_sub b a:int64)`) THEN
  ASM_REWRITE_TAC[WORD_VAL; WORD_RULE `word_add a (word_sub b a) = b`]);;

(* ------------------------------------------------------------------------- *)
(* Reading blocks.                                                           *)
(* ------------------------------------------------------------------------- *)

let READ_WRITE = prove
 (`!m a v. read128 (write128 v m a) a = v`,
  REPEAT GEN_TAC THEN MATCH_MP_TAC(ISPEC `16` EQ_BYTES) THEN
  REWRITE_TAC[DIMINDEX_128] THEN CONV_TAC NUM_REDUCE_CONV THEN
  SIMP_TAC[READ128_BYTE; write128; WRITE_AT; ARITH_RULE `16 <= 2 EXP 64`]);;

let READ_WRITE_APART = prove
 (`!m a v b. apart a 16 b 16 ==> read128 (write128 v m a) b = read128 m b`,
  REWRITE_TAC[apart; read128; write128] THEN REPEAT STRIP_TAC THEN
  AP_TERM_TAC THEN MATCH_MP_TAC READ_BYTES_CONG THEN REPEAT STRIP_TAC THEN
  MATCH_MP_TAC WRITE_APART THEN ASM_MESON_TAC[]);;

(* What is read where memory is the same is the same. *)
let READ_SAME = prove
 (`!m n a s. within a 16 s /\ (!b. b IN s ==> m b = n b)
             ==> read128 m a = read128 n a`,
  REWRITE_TAC[within; read128] THEN REPEAT STRIP_TAC THEN
  AP_TERM_TAC THEN MATCH_MP_TAC READ_BYTES_CONG THEN ASM_MESON_TAC[]);;

(* ------------------------------------------------------------------------- *)
(* Two registers of 8 bytes are a block.                                     *)
(* ------------------------------------------------------------------------- *)

let READ_PAIR_LOW = prove
 (`!m a. read64 m a = low (read128 m a)`,
  REPEAT GEN_TAC THEN MATCH_MP_TAC(ISPEC `8` EQ_BYTES) THEN
  REWRITE_TAC[DIMINDEX_64] THEN CONV_TAC NUM_REDUCE_CONV THEN
  X_GEN_TAC `i:num` THEN DISCH_TAC THEN
  ASM_SIMP_TAC[READ64_BYTE; ARITH_RULE `i < 8 ==> i < 16`;
               GSYM READ128_BYTE; low] THEN
  REWRITE_TAC[WORD_EQ_BITS_ALT; BIT_WORD_SUBWORD; DIMINDEX_8; DIMINDEX_64] THEN
  REPEAT STRIP_TAC THEN
  ASM_REWRITE_TAC[ARITH_RULE `MIN 8 8 = 8 /\ MIN 64 64 = 64`; ADD_CLAUSES] THEN
  EQ_TAC THEN SIMP_TAC[] THEN ASM_ARITH_TAC);;

let READ_PAIR_HIGH = prove
 (`!m a. read64 m (word_add a (word 8)) = high (read128 m a)`,
  REPEAT GEN_TAC THEN MATCH_MP_TAC(ISPEC `8` EQ_BYTES) THEN
  REWRITE_TAC[DIMINDEX_64] THEN CONV_TAC NUM_REDUCE_CONV THEN
  X_GEN_TAC `i:num` THEN DISCH_TAC THEN
  ASM_SIMP_TAC[READ64_BYTE; ARITH_RULE `i < 8 ==> 8 + i < 16`;
               GSYM READ128_BYTE; high; WORD_ADD_ASSOC_NUM] THEN
  REWRITE_TAC[WORD_EQ_BITS_ALT; BIT_WORD_SUBWORD; DIMINDEX_8; DIMINDEX_64] THEN
  REPEAT STRIP_TAC THEN
  ASM_REWRITE_TAC[ARITH_RULE `MIN 8 8 = 8 /\ MIN 64 64 = 64`;
                  ARITH_RULE `8 * (8 + i) + j = 64 + 8 * i + j`] THEN
  EQ_TAC THEN SIMP_TAC[] THEN ASM_ARITH_TAC);;

let SUBWORD_JOIN = prove
 (`!(h:int64) (l:int64) i.
     i < 16 ==> word_subword (word_join h l : int128) (8 * i,8) : byte =
                if i < 8 then word_subword l (8 * i,8)
                else word_subword h (8 * (i - 8),8)`,
  REPEAT STRIP_TAC THEN
  REWRITE_TAC[WORD_EQ_BITS_ALT; BIT_WORD_SUBWORD; DIMINDEX_8] THEN
  X_GEN_TAC `j:num` THEN DISCH_TAC THEN COND_CASES_TAC THEN
  ASM_REWRITE_TAC[BIT_WORD_SUBWORD; BIT_WORD_JOIN; DIMINDEX_8; DIMINDEX_64;
                  DIMINDEX_128; ARITH_RULE `MIN 8 8 = 8`] THEN
  ASM_SIMP_TAC[ARITH_RULE `i < 8 /\ j < 8 ==> 8 * i + j < 64`;
    ARITH_RULE `~(i < 8) ==> ~(8 * i + j < 64)`;
    ARITH_RULE `i < 16 /\ j < 8 ==> 8 * i + j < 128`] THEN
  ASM_SIMP_TAC[ARITH_RULE
    `~(i < 8) ==> (8 * i + j) - 64 = 8 * (i - 8) + j`]);;

let WRITE_PAIR = prove
 (`!m a t u. write64 u (write64 t m a) (word_add a (word 8)) =
             write128 (word_join u t) m a`,
  REPEAT GEN_TAC THEN REWRITE_TAC[FUN_EQ_THM] THEN X_GEN_TAC `b:int64` THEN
  ASM_CASES_TAC `val (word_sub b a:int64) < 16` THENL
   [SUBGOAL_THEN `?i. i < 16 /\ b:int64 = word_add a (word i)`
      STRIP_ASSUME_TAC THENL
     [EXISTS_TAC `val (word_sub b a:int64)` THEN
      ASM_REWRITE_TAC[WORD_VAL] THEN CONV_TAC WORD_RULE; ALL_TAC] THEN
    ASM_SIMP_TAC[write128; WRITE_AT; ARITH_RULE `16 <= 2 EXP 64`;
                 SUBWORD_JOIN] THEN
    COND_CASES_TAC THENL
     [SUBGOAL_THEN `write64 u (write64 t m a) (word_add a (word 8))
                      (word_add a (word i)) =
                    write64 t m a (word_add a (word i))` SUBST1_TAC THENL
       [REWRITE_TAC[write64] THEN MATCH_MP_TAC WRITE_APART THEN
        REWRITE_TAC[WORD_ADD_ASSOC_NUM; WORD_RULE
          `word_add p (x:int64) = word_add p y <=> x = y`] THEN
        REPEAT STRIP_TAC THEN POP_ASSUM MP_TAC THEN
        REWRITE_TAC[WORD_EQ; DIMINDEX_64; CONG] THEN
        ASM_SIMP_TAC[MOD_LT; ARITH_RULE `i < 16 ==> i < 2 EXP 64`;
                     ARITH_RULE `j < 8 ==> 8 + j < 2 EXP 64`] THEN
        ASM_ARITH_TAC;
        ASM_SIMP_TAC[write64; WRITE_AT; ARITH_RULE `8 <= 2 EXP 64`]];
      SUBGOAL_THEN `word_add a (word i):int64 =
                    word_add (word_add a (word 8)) (word (i - 8))`
        SUBST1_TAC THENL
       [REWRITE_TAC[WORD_ADD_ASSOC_NUM] THEN AP_TERM_TAC THEN AP_TERM_TAC THEN
        ASM_ARITH_TAC; ALL_TAC] THEN
      ASM_SIMP_TAC[write64; WRITE_AT; ARITH_RULE `8 <= 2 EXP 64`;
                   ARITH_RULE `i < 16 /\ ~(i < 8) ==> i - 8 < 8`]];
    SUBGOAL_THEN `!j. j < 16 ==> ~(word_add a (word j):int64 = b)`
      ASSUME_TAC THENL
     [REPEAT STRIP_TAC THEN
      FIRST_X_ASSUM(MP_TAC o check (is_neg o concl)) THEN
      FIRST_X_ASSUM(SUBST1_TAC o SYM) THEN
      REWRITE_TAC[WORD_RULE `word_sub (word_add a b) a = b`; VAL_WORD;
                  DIMINDEX_64] THEN
      ASM_SIMP_TAC[MOD_LT; ARITH_RULE `j < 16 ==> j < 2 EXP 64`];
      REWRITE_TAC[write64; write128] THEN
      ASM_SIMP_TAC[WRITE_APART; WORD_ADD_ASSOC_NUM;
                   ARITH_RULE `j < 8 ==> j < 16 /\ 8 + j < 16`]]]);;

(* ------------------------------------------------------------------------- *)
(* A range of addresses as a set.                                            *)
(* ------------------------------------------------------------------------- *)

let range = new_definition
 `range (a:int64) k = {b | ?i. i < k /\ b = word_add a (word i)}`;;

let IN_RANGE = prove
 (`!a k b. b IN range a k <=> ?i. i < k /\ b = word_add a (word i)`,
  REWRITE_TAC[range; IN_ELIM_THM]);;

let WITHIN_RANGE = prove
 (`!a k s. within a k s <=> range a k SUBSET s`,
  REWRITE_TAC[within; SUBSET; IN_RANGE] THEN MESON_TAC[]);;

let APART_RANGE = prove
 (`!a k b l. apart a k b l <=> DISJOINT (range a k) (range b l)`,
  REWRITE_TAC[apart; DISJOINT; EXTENSION; IN_INTER; NOT_IN_EMPTY; IN_RANGE] THEN
  MESON_TAC[]);;

let RANGE_PART = prove
 (`!p n c k. c + k <= n ==> range (word_add p (word c)) k SUBSET range p n`,
  REWRITE_TAC[SUBSET; IN_RANGE; WORD_ADD_ASSOC_NUM] THEN REPEAT STRIP_TAC THEN
  EXISTS_TAC `c + i:num` THEN ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC);;

let RANGE_PREFIX = prove
 (`!p n k. k <= n ==> range p k SUBSET range p n`,
  REWRITE_TAC[SUBSET; IN_RANGE] THEN MESON_TAC[LTE_TRANS]);;
