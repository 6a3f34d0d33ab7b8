(* SPDX-License-Identifier: ISC *)
(* The instructions of the key expansion, said of round keys: the rules by which the
   executor can shorten the values that xts_expand_arm64 computes.

   A vector is lanes a b c d, four words in a row, as round_key has them. *)

needs "arm_forms.ml";;
needs "xts_engine.ml";;

let ROUND_KEY_LANES = prove
 (`!key i. round_key key i =
     lanes (key_word key (4 * i)) (key_word key (4 * i + 1))
           (key_word key (4 * i + 2)) (key_word key (4 * i + 3))`,
  REWRITE_TAC[round_key; lanes]);;

let LANE_LANES = prove
 (`!a b c d. lane (lanes a b c d) 0 = a /\ lane (lanes a b c d) 1 = b /\
             lane (lanes a b c d) 2 = c /\ lane (lanes a b c d) 3 = d`,
  REPEAT STRIP_TAC THEN REWRITE_TAC[lane; lanes] THEN
  CONV_TAC NUM_REDUCE_CONV THEN BITS_TAC);;

let XOR_LANES = prove
 (`!a b c d e f g h.
     word_xor (lanes a b c d) (lanes e f g h) =
     lanes (word_xor a e) (word_xor b f) (word_xor c g) (word_xor d h)`,
  REPEAT GEN_TAC THEN REWRITE_TAC[lanes; BLOCK_EQ] THEN
  CONV_TAC EXPAND_CASES_CONV THEN REWRITE_TAC[BYTE_XOR] THEN
  REWRITE_TAC BYTE_JOIN THEN REWRITE_TAC[BYTE_XOR]);;

(* EXT with zero below: each word one place up, or two. *)
let EXT_LANES =
  let ext_of i rhs = prove
   (list_mk_forall ([`a:int32`; `b:int32`; `c:int32`; `d:int32`],
      mk_eq (subst [mk_small_numeral (8 * i),`n:num`]
        `word_subword (word_join (lanes a b c d) (word 0 : int128) : 256 word)
                      (n,128) : int128`, rhs)),
    REPEAT GEN_TAC THEN REWRITE_TAC[lanes; WORD_EQ_BITS_ALT; DIMINDEX_128] THEN
    CONV_TAC EXPAND_CASES_CONV THEN
    REWRITE_TAC[BIT_WORD_JOIN; BIT_WORD_SUBWORD; BIT_WORD_0; DIMINDEX_32;
                DIMINDEX_64; DIMINDEX_128; DIMINDEX_256] THEN
    CONV_TAC NUM_REDUCE_CONV THEN REWRITE_TAC[]) in
  CONJ (ext_of 12 `lanes (word 0) a b c`)
       (ext_of 8 `lanes (word 0) (word 0) a b`);;

(* SubWord by AESE with a round key of zero. *)
let AESE_LANES = prove
 (`!a. sub_bytes (shift_rows (word_xor (lanes a a a a) (word 0))) =
       lanes (sub_word a) (sub_word a) (sub_word a) (sub_word a)`,
  REWRITE_TAC[XOR_CANCEL; lanes; AESE_SUB_WORD]);;

(* RotWord of each word by USHR and SLI. *)
let ROT_LANES = prove
 (`!a. sli 24 (word_ushr a 8) a = rot_word a`,
  REWRITE_TAC[sli; ROT_WORD_SHIFTS]);;

(* An even round key, from the macros to the standard. *)
let EXPAND_EVEN = prove
 (`!key j. sums (key_word key (8 * j)) (key_word key (8 * j + 1))
                (key_word key (8 * j + 2)) (key_word key (8 * j + 3))
                (word_xor (rot_word (sub_word (key_word key (8 * j + 7))))
                          (rcon (j + 1))) =
           round_key key (2 * j + 2)`,
  REWRITE_TAC[ROUND_KEY_EVEN; SUB_ROT_WORD]);;
