(* SPDX-License-Identifier: ISC *)
(* Bytes and blocks.

   A block is 16 bytes in memory, and here the number of 128 bits that these are
   in little-endian order, which is also what a vector register of Arm holds after
   loading them: byte i of a block is bits 8i to 8i + 7.  Data of any length is
   a list of bytes. *)

(* Byte i of a word of any size. *)
let byte = new_definition
 `byte i (w:N word) : byte = word_subword w (8 * i,8)`;;

(* The number that bytes are, the first the lowest. *)
let num_of_bytes = define
 `num_of_bytes [] = 0 /\
  num_of_bytes (CONS (b:byte) l) = val b + 256 * num_of_bytes l`;;

(* Words of 4 bytes and blocks of 16. *)
let word_of_bytes = new_definition
 `word_of_bytes l : int32 = word (num_of_bytes l)`;;
let block_of_bytes = new_definition
 `block_of_bytes l : int128 = word (num_of_bytes l)`;;

let bytes_of_block = new_definition
 `bytes_of_block (w:int128) =
    MAP (\i. byte i w) [0; 1; 2; 3; 4; 5; 6; 7; 8; 9; 10; 11; 12; 13; 14; 15]`;;

(* The first n bytes, and all but these. *)
let take = define
 `take 0 (l:A list) = [] /\
  take (SUC n) l = CONS (HD l) (take n (TL l))`;;
let drop = define
 `drop 0 (l:A list) = l /\
  drop (SUC n) l = drop n (TL l)`;;

(* EL n of a list that is written out. *)
let EL_CONV =
  let zero = prove (`EL 0 (CONS (h:A) t) = h`, REWRITE_TAC[EL; HD])
  and next = prove (`EL (SUC n) (CONS (h:A) t) = EL n t`,
                    REWRITE_TAC[EL; TL]) in
  let rec conv tm =
    (REWR_CONV zero ORELSEC
     (RATOR_CONV (RAND_CONV num_CONV) THENC REWR_CONV next THENC conv)) tm in
  conv;;

(* Equality of words whose size is known, bit by bit. *)
let BITS_TAC =
  REWRITE_TAC[WORD_EQ_BITS_ALT; DIMINDEX_8; DIMINDEX_32; DIMINDEX_64;
              DIMINDEX_128] THEN
  CONV_TAC EXPAND_CASES_CONV THEN
  REWRITE_TAC[BIT_WORD_XOR; BIT_WORD_AND; BIT_WORD_OR; BIT_WORD_NOT;
              BIT_WORD_SHL; BIT_WORD_USHR; BIT_WORD_ISHR; BIT_WORD_ROR;
              BIT_WORD_JOIN; BIT_WORD_SUBWORD; BIT_WORD_ZX; BIT_WORD_0;
              DIMINDEX_8; DIMINDEX_16; DIMINDEX_32; DIMINDEX_64;
              DIMINDEX_128] THEN
  CONV_TAC NUM_REDUCE_CONV THEN REWRITE_TAC[];;

(* ------------------------------------------------------------------------- *)
(* One is the inverse of the other.                                          *)
(* ------------------------------------------------------------------------- *)

let VAL_BYTE_BOUND = prove
 (`!b:byte. val b < 256`,
  GEN_TAC THEN MP_TAC(ISPEC `b:byte` VAL_BOUND) THEN
  REWRITE_TAC[DIMINDEX_8] THEN CONV_TAC NUM_REDUCE_CONV);;

(* n bytes are a number below 256 to the n. *)
let NUM_OF_BYTES_BOUND = prove
 (`!l. num_of_bytes l < 256 EXP LENGTH l`,
  LIST_INDUCT_TAC THEN REWRITE_TAC[num_of_bytes; LENGTH; EXP; ARITH] THEN
  MP_TAC(SPEC `h:byte` VAL_BYTE_BOUND) THEN POP_ASSUM MP_TAC THEN ARITH_TAC);;

(* Its digits are the bytes. *)
let NUM_OF_BYTES_DIGIT = prove
 (`!l i. i < LENGTH l
         ==> num_of_bytes l DIV 256 EXP i MOD 256 = val (EL i l)`,
  LIST_INDUCT_TAC THEN REWRITE_TAC[LENGTH; LT] THEN INDUCT_TAC THEN
  REWRITE_TAC[num_of_bytes; EL; HD; TL; EXP; DIV_1] THENL
   [REWRITE_TAC[MOD_MULT_ADD] THEN SIMP_TAC[MOD_LT; VAL_BYTE_BOUND];
    REWRITE_TAC[LT_SUC; SUC_INJ; GSYM LT] THEN DISCH_TAC THEN
    SIMP_TAC[GSYM DIV_DIV; DIV_MULT_ADD; ARITH_EQ; DIV_LT; VAL_BYTE_BOUND;
             ADD_CLAUSES] THEN
    FIRST_X_ASSUM MATCH_MP_TAC THEN ASM_ARITH_TAC]);;

let BYTE_OF_NUMBER = prove
 (`!l i. 8 * LENGTH l = dimindex (:N) /\ i < LENGTH l
         ==> byte i (word (num_of_bytes l) : N word) = EL i l`,
  REPEAT STRIP_TAC THEN GEN_REWRITE_TAC I [GSYM VAL_EQ] THEN
  MP_TAC(SPEC `l:byte list` NUM_OF_BYTES_BOUND) THEN
  MP_TAC(SPECL [`l:byte list`; `i:num`] NUM_OF_BYTES_DIGIT) THEN
  ASM_REWRITE_TAC[] THEN
  FIRST_X_ASSUM(ASSUME_TAC o SYM o check (is_eq o concl)) THEN
  ASM_REWRITE_TAC[byte; VAL_WORD_SUBWORD; DIMINDEX_8; EXP_MULT; VAL_WORD] THEN
  CONV_TAC NUM_REDUCE_CONV THEN SIMP_TAC[MOD_LT]);;

let BYTE_OF_BYTES = prove
 (`!l i. LENGTH l = 16 /\ i < 16
         ==> byte i (block_of_bytes l) = EL i l`,
  SIMP_TAC[block_of_bytes; BYTE_OF_NUMBER; DIMINDEX_128; ARITH]);;

let BYTE_OF_WORD = prove
 (`!l i. LENGTH l = 4 /\ i < 4
         ==> byte i (word_of_bytes l) = EL i l`,
  SIMP_TAC[word_of_bytes; BYTE_OF_NUMBER; DIMINDEX_32; ARITH]);;

(* A word of any size is known by its bytes. *)
let BYTES_EQ = prove
 (`!k v w:N word. 8 * k = dimindex (:N)
     ==> (v = w <=> !i. i < k ==> byte i v = byte i w)`,
  REPEAT STRIP_TAC THEN EQ_TAC THEN SIMP_TAC[] THEN DISCH_TAC THEN
  REWRITE_TAC[WORD_EQ_BITS_ALT] THEN X_GEN_TAC `j:num` THEN
  DISCH_TAC THEN FIRST_X_ASSUM(MP_TAC o SPEC `j DIV 8`) THEN
  ANTS_TAC THENL [ASM_ARITH_TAC; ALL_TAC] THEN
  DISCH_THEN(MP_TAC o AP_TERM `bit (j MOD 8) : byte -> bool`) THEN
  REWRITE_TAC[byte; BIT_WORD_SUBWORD; DIMINDEX_8;
              ARITH_RULE `8 * j DIV 8 + j MOD 8 = j`;
              ARITH_RULE `j MOD 8 < MIN 8 8`]);;

let BLOCK_EQ = prove
 (`!v w:int128. v = w <=> !i. i < 16 ==> byte i v = byte i w`,
  REPEAT GEN_TAC THEN MATCH_MP_TAC BYTES_EQ THEN
  REWRITE_TAC[DIMINDEX_128; ARITH]);;

let WORD_BYTES_EQ = prove
 (`!v w:int32. v = w <=> !i. i < 4 ==> byte i v = byte i w`,
  REPEAT GEN_TAC THEN MATCH_MP_TAC BYTES_EQ THEN
  REWRITE_TAC[DIMINDEX_32; ARITH]);;

let BYTES_OF_BLOCK_LENGTH = prove
 (`!w. LENGTH (bytes_of_block w) = 16`,
  REWRITE_TAC[bytes_of_block; LENGTH_MAP; LENGTH] THEN ARITH_TAC);;

let BYTES_OF_BLOCK_EL = prove
 (`!w i. i < 16 ==> EL i (bytes_of_block w) = byte i w`,
  REWRITE_TAC[bytes_of_block; MAP] THEN GEN_TAC THEN
  CONV_TAC EXPAND_CASES_CONV THEN CONV_TAC(ONCE_DEPTH_CONV EL_CONV) THEN
  REWRITE_TAC[]);;

let BLOCK_OF_BYTES_OF_BLOCK = prove
 (`!w. block_of_bytes (bytes_of_block w) = w`,
  SIMP_TAC[BLOCK_EQ; BYTE_OF_BYTES; BYTES_OF_BLOCK_LENGTH;
           BYTES_OF_BLOCK_EL]);;

let BYTES_OF_BLOCK_OF_BYTES = prove
 (`!l. LENGTH l = 16 ==> bytes_of_block (block_of_bytes l) = l`,
  SIMP_TAC[LIST_EQ; BYTES_OF_BLOCK_LENGTH; BYTES_OF_BLOCK_EL;
           BYTE_OF_BYTES]);;

(* ------------------------------------------------------------------------- *)
(* Parts of lists.                                                           *)
(* ------------------------------------------------------------------------- *)

let LENGTH_TAKE = prove
 (`!n l:A list. LENGTH (take n l) = n`,
  INDUCT_TAC THEN ASM_REWRITE_TAC[take; LENGTH]);;

let LENGTH_DROP = prove
 (`!n l:A list. n <= LENGTH l ==> LENGTH (drop n l) = LENGTH l - n`,
  INDUCT_TAC THEN REWRITE_TAC[drop; SUB_0] THEN LIST_INDUCT_TAC THEN
  REWRITE_TAC[LENGTH; TL; LE; NOT_SUC; SUB_SUC; LE_SUC] THEN
  ASM_MESON_TAC[LE_SUC]);;

let EL_TAKE = prove
 (`!n i l:A list. i < n ==> EL i (take n l) = EL i l`,
  INDUCT_TAC THEN REWRITE_TAC[LT] THEN INDUCT_TAC THEN
  ASM_REWRITE_TAC[take; EL; HD; TL] THEN REPEAT STRIP_TAC THEN
  FIRST_X_ASSUM MATCH_MP_TAC THEN ASM_ARITH_TAC);;

let EL_DROP = prove
 (`!n i l:A list. EL i (drop n l) = EL (n + i) l`,
  INDUCT_TAC THEN ASM_REWRITE_TAC[drop; ADD_CLAUSES; EL]);;

let APPEND_TAKE_DROP = prove
 (`!n l:A list. n <= LENGTH l ==> APPEND (take n l) (drop n l) = l`,
  INDUCT_TAC THEN REWRITE_TAC[take; drop; APPEND] THEN LIST_INDUCT_TAC THEN
  ASM_SIMP_TAC[LENGTH; HD; TL; LE; NOT_SUC; LE_SUC]);;
