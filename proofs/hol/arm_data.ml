(* SPDX-License-Identifier: ISC *)
(* Memory as data: the bytes that lie at an address as a list, which is what the
   specification is about. *)

needs "arm_memory.ml";;
needs "expand_rules.ml";;

(* The n bytes from a on. *)
let bytes_at = define
 `bytes_at m (a:int64) 0 = [] /\
  bytes_at m a (SUC n) =
    CONS (m a : byte) (bytes_at m (word_add a (word 1)) n)`;;

let LENGTH_BYTES_AT = prove
 (`!n m a. LENGTH (bytes_at m a n) = n`,
  INDUCT_TAC THEN ASM_REWRITE_TAC[bytes_at; LENGTH]);;

let EL_BYTES_AT = prove
 (`!n m a i. i < n ==> EL i (bytes_at m a n) = m (word_add a (word i))`,
  INDUCT_TAC THEN REWRITE_TAC[LT] THEN REPEAT GEN_TAC THEN
  REWRITE_TAC[GSYM LT; bytes_at] THEN
  STRUCT_CASES_TAC(SPEC `i:num` num_CASES) THEN
  REWRITE_TAC[EL; HD; TL; WORD_ADD_0; LT_SUC] THEN
  ASM_SIMP_TAC[WORD_ADD_ASSOC_NUM; ARITH_RULE `1 + n = SUC n`]);;

let NUM_OF_BYTES_AT = prove
 (`!n m a. num_of_bytes (bytes_at m a n) = read_bytes n m a`,
  INDUCT_TAC THEN ASM_REWRITE_TAC[bytes_at; num_of_bytes; read_bytes]);;

let TAKE_BYTES_AT = prove
 (`!k n m a. k <= n ==> take k (bytes_at m a n) = bytes_at m a k`,
  INDUCT_TAC THEN REWRITE_TAC[take; bytes_at] THEN
  INDUCT_TAC THEN REWRITE_TAC[LE; NOT_SUC; bytes_at; HD; TL; CONS_11] THEN
  REPEAT STRIP_TAC THEN FIRST_X_ASSUM MATCH_MP_TAC THEN ASM_ARITH_TAC);;

let DROP_BYTES_AT = prove
 (`!k n m a. k <= n
             ==> drop k (bytes_at m a n) =
                 bytes_at m (word_add a (word k)) (n - k)`,
  INDUCT_TAC THEN REWRITE_TAC[drop; WORD_ADD_0; SUB_0] THEN
  INDUCT_TAC THEN REWRITE_TAC[LE; NOT_SUC; bytes_at; TL] THEN
  REPEAT STRIP_TAC THEN REWRITE_TAC[SUB_SUC] THEN
  ASM_SIMP_TAC[ARITH_RULE `SUC k = SUC n \/ SUC k <= n ==> k <= n`;
               WORD_ADD_ASSOC_NUM; ARITH_RULE `1 + k = SUC k`]);;

(* A block of data is what is read there. *)
let BLOCK_OF_BYTES_AT = prove
 (`!m a. block_of_bytes (bytes_at m a 16) = read128 m a`,
  REWRITE_TAC[block_of_bytes; read128; NUM_OF_BYTES_AT]);;

let BLOCK_AT_BYTES_AT = prove
 (`!j n m a. 16 * j + 16 <= n
             ==> block_at j (bytes_at m a n) =
                 read128 m (word_add a (word (16 * j)))`,
  REPEAT STRIP_TAC THEN REWRITE_TAC[block_at] THEN
  ASM_SIMP_TAC[DROP_BYTES_AT; ARITH_RULE `k + 16 <= n ==> k <= n`;
    TAKE_BYTES_AT; ARITH_RULE `k + 16 <= n ==> 16 <= n - k`] THEN
  REWRITE_TAC[BLOCK_OF_BYTES_AT]);;

(* What is the same byte by byte. *)
let BYTES_AT_SAME = prove
 (`!n m m' a. (!i. i < n ==> m' (word_add a (word i)) = m (word_add a (word i)))
              ==> bytes_at m' a n = bytes_at m a n`,
  SIMP_TAC[LIST_EQ; LENGTH_BYTES_AT; EL_BYTES_AT]);;

(* A key of 32 bytes is its first two round keys. *)
let KEY_WORD_AT = prove
 (`!m a i. i < 8
           ==> key_word (bytes_at m a 32) i =
               word_of_bytes (bytes_at m (word_add a (word (4 * i))) 4)`,
  REPEAT STRIP_TAC THEN ONCE_REWRITE_TAC[key_word] THEN
  ASM_REWRITE_TAC[] THEN AP_TERM_TAC THEN
  ASM_SIMP_TAC[DROP_BYTES_AT; ARITH_RULE `i < 8 ==> 4 * i <= 32`;
    TAKE_BYTES_AT; ARITH_RULE `i < 8 ==> 4 <= 32 - 4 * i`]);;

let ROUND_KEY_AT =
  let read i = prove
   (subst [mk_small_numeral (16 * i),`c:num`; mk_small_numeral i,`i:num`]
      `!m a. read128 m (word_add a (word c)) = round_key (bytes_at m a 32) i`,
    REPEAT GEN_TAC THEN REWRITE_TAC[round_key; BLOCK_EQ] THEN
    CONV_TAC EXPAND_CASES_CONV THEN REWRITE_TAC BYTE_JOIN THEN
    CONV_TAC NUM_REDUCE_CONV THEN
    SIMP_TAC[KEY_WORD_AT; BYTE_OF_WORD; LENGTH_BYTES_AT; EL_BYTES_AT; ARITH] THEN
    REWRITE_TAC[byte] THEN SIMP_TAC[READ128_BYTE; ARITH] THEN
    REWRITE_TAC[WORD_ADD_ASSOC_NUM] THEN CONV_TAC NUM_REDUCE_CONV) in
  CONJ (REWRITE_RULE[WORD_ADD_0] (read 0)) (read 1);;
