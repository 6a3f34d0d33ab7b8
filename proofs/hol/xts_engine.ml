(* SPDX-License-Identifier: ISC *)
(* Mathematics for the engine: what it computes by other means than the standards,
   and the standards' results block by block, as loops make them.

   Nothing here is about instructions; words of a block are in the places in which
   round_key puts them. *)

needs "xts_facts.ml";;

(* ------------------------------------------------------------------------- *)
(* Key expansion, a round key at a time.                                     *)
(* ------------------------------------------------------------------------- *)

(* Byte i of four words in a row is one of word i / 4. *)
let BYTE_JOIN =
  let join = `word_join (word_join (d:int32) (c:int32) : int64)
                        (word_join (b:int32) (a:int32) : int64) : int128` in
  map (fun i ->
    let k = mk_small_numeral i and j = mk_small_numeral (i mod 4) in
    prove (mk_eq (list_mk_icomb "byte" [k; join],
                  list_mk_icomb "byte" [j; el (i / 4)
                    [`a:int32`; `b:int32`; `c:int32`; `d:int32`]]),
      REWRITE_TAC[byte] THEN CONV_TAC NUM_REDUCE_CONV THEN BITS_TAC))
    (0--15);;

let SUB_WORD_BYTE = prove
 (`!i a. i < 4 ==> byte i (sub_word a) = sbox (byte i a)`,
  CONV_TAC(ONCE_DEPTH_CONV SYM_CONV) THEN REWRITE_TAC[RIGHT_FORALL_IMP_THM] THEN
  CONV_TAC EXPAND_CASES_CONV THEN REWRITE_TAC[sub_word] THEN
  SIMP_TAC[BYTE_OF_WORD; LENGTH; ARITH] THEN
  CONV_TAC(DEPTH_CONV EL_CONV) THEN REWRITE_TAC[]);;

(* AESE on one word in all four columns is SubWord: ShiftRows changes nothing. *)
let AESE_SUB_WORD = prove
 (`!a. sub_bytes (shift_rows
         (word_join (word_join a a : int64) (word_join a a : int64))) =
       word_join (word_join (sub_word a) (sub_word a) : int64)
                 (word_join (sub_word a) (sub_word a) : int64)`,
  ELEMENTS_TAC THEN EACH_ELEMENT_TAC THEN REWRITE_TAC[elem] THEN
  CONV_TAC NUM_REDUCE_CONV THEN REWRITE_TAC BYTE_JOIN THEN
  SIMP_TAC[SUB_WORD_BYTE; ARITH]);;

let ROT_WORD_BYTE = prove
 (`!a. byte 0 (rot_word a) = byte 1 a /\ byte 1 (rot_word a) = byte 2 a /\
       byte 2 (rot_word a) = byte 3 a /\ byte 3 (rot_word a) = byte 0 a`,
  GEN_TAC THEN REWRITE_TAC[rot_word; byte] THEN CONV_TAC NUM_REDUCE_CONV THEN
  REPEAT CONJ_TAC THEN BITS_TAC);;

(* SubWord takes bytes one by one, so it may as well come before RotWord. *)
let SUB_ROT_WORD = prove
 (`!a. sub_word (rot_word a) = rot_word (sub_word a)`,
  GEN_TAC THEN REWRITE_TAC[WORD_BYTES_EQ] THEN CONV_TAC EXPAND_CASES_CONV THEN
  SIMP_TAC[ROT_WORD_BYTE; SUB_WORD_BYTE; ARITH]);;

(* RotWord by a shift to the right and an insertion from the left. *)
let ROT_WORD_SHIFTS = prove
 (`!a. rot_word a =
       word_or (word_and (word_ushr a 8) (word (2 EXP 24 - 1))) (word_shl a 24)`,
  GEN_TAC THEN REWRITE_TAC[rot_word] THEN CONV_TAC NUM_REDUCE_CONV THEN
  BITS_TAC THEN CONV_TAC WORD_REDUCE_CONV THEN REWRITE_TAC[]);;

(* The round constants are 1, 2, 4, .. 64: doubled, none of them wraps. *)
let RCON_SHL = prove
 (`rcon 1 = word 1 /\
   (!j. 0 < j /\ j < 7 ==> rcon (j + 1) = word_shl (rcon j) 1)`,
  CONJ_TAC THENL
   [ALL_TAC;
    ONCE_REWRITE_TAC[TAUT `p /\ q ==> r <=> q ==> p ==> r`] THEN
    CONV_TAC EXPAND_CASES_CONV] THEN
  REWRITE_TAC[rcon; word_of_bytes; num_of_bytes] THEN
  CONV_TAC NUM_REDUCE_CONV THEN
  CONV_TAC(ONCE_DEPTH_CONV XTIMES_CONV) THEN
  CONV_TAC(DEPTH_CONV(WORD_RED_CONV ORELSEC NUM_RED_CONV)));;

(* |- (8 * j + n) MOD 8 = .. *)
let MOD_8 n = CONV_RULE NUM_REDUCE_CONV (prove
 (subst [mk_small_numeral n,`n:num`] `(8 * j + n) MOD 8 = n MOD 8`,
  REWRITE_TAC[MOD_MULT_ADD]));;
let DIV_8 = prove
 (`(8 * j + 8) DIV 8 = j + 1`,
  SIMP_TAC[DIV_MULT_ADD; ARITH_EQ] THEN CONV_TAC NUM_REDUCE_CONV);;

(* The first word that is new in each half, and the others. *)
let KEY_WORD_FIRST = prove
 (`!key j. key_word key (8 * j + 8) =
           word_xor (key_word key (8 * j))
             (word_xor (sub_word (rot_word (key_word key (8 * j + 7))))
                       (rcon (j + 1))) /\
           key_word key (8 * j + 12) =
           word_xor (key_word key (8 * j + 4))
             (sub_word (key_word key (8 * j + 11)))`,
  REPEAT GEN_TAC THEN CONJ_TAC THEN
  GEN_REWRITE_TAC LAND_CONV [key_word] THEN
  REWRITE_TAC[LET_DEF; LET_END_DEF;
    ARITH_RULE `~(8 * j + 8 < 8)`; ARITH_RULE `~(8 * j + 12 < 8)`;
    MOD_8 8; MOD_8 12; DIV_8;
    ARITH_RULE `(8 * j + 8) - 8 = 8 * j /\ (8 * j + 12) - 8 = 8 * j + 4`;
    ARITH_RULE `(8 * j + 8) - 1 = 8 * j + 7 /\ (8 * j + 12) - 1 = 8 * j + 11`;
    ARITH_EQ]);;

let KEY_WORD_NEXT = prove
 (`!key j k. (0 < k /\ k < 4) \/ (4 < k /\ k < 8)
             ==> key_word key (8 * j + 8 + k) =
                 word_xor (key_word key (8 * j + k))
                          (key_word key (8 * j + 7 + k))`,
  REPEAT GEN_TAC THEN DISCH_TAC THEN
  GEN_REWRITE_TAC LAND_CONV [key_word] THEN
  SUBGOAL_THEN `~(8 * j + 8 + k < 8) /\ ~((8 * j + 8 + k) MOD 8 = 0) /\
                ~((8 * j + 8 + k) MOD 8 = 4)` STRIP_ASSUME_TAC THENL
   [SUBGOAL_THEN `(8 * j + 8 + k) MOD 8 = k` SUBST1_TAC THENL
     [SUBST1_TAC(ARITH_RULE `8 * j + 8 + k = (j + 1) * 8 + k`) THEN
      GEN_REWRITE_TAC LAND_CONV [MOD_MULT_ADD] THEN
      FIRST_ASSUM(fun th -> MATCH_MP_TAC MOD_LT THEN MP_TAC th) THEN
      ARITH_TAC;
      ASM_ARITH_TAC];
    ALL_TAC] THEN
  ASM_REWRITE_TAC[LET_DEF; LET_END_DEF] THEN
  BINOP_TAC THEN AP_TERM_TAC THEN ARITH_TAC);;

(* Each word plus all those before it, and w to all of them. *)
let sums = new_definition
 `sums (a:int32) b c d w : int128 =
    word_join
      (word_join
        (word_xor (word_xor (word_xor (word_xor a b) c) d) w)
        (word_xor (word_xor (word_xor a b) c) w) : int64)
      (word_join (word_xor (word_xor a b) w) (word_xor a w) : int64)`;;

(* The round keys of even number, and of odd. *)
let ROUND_KEY_EVEN = prove
 (`!key j. round_key key (2 * j + 2) =
     sums (key_word key (8 * j)) (key_word key (8 * j + 1))
          (key_word key (8 * j + 2)) (key_word key (8 * j + 3))
          (word_xor (sub_word (rot_word (key_word key (8 * j + 7))))
                    (rcon (j + 1)))`,
  REPEAT GEN_TAC THEN REWRITE_TAC[round_key; sums] THEN
  REWRITE_TAC[ARITH_RULE `4 * (2 * j + 2) = 8 * j + 8`;
              GSYM ADD_ASSOC] THEN CONV_TAC NUM_REDUCE_CONV THEN
  MP_TAC(end_itlist CONJ (map (fun k ->
    CONV_RULE NUM_REDUCE_CONV (SPECL [`key:byte list`; `j:num`; k]
      KEY_WORD_NEXT)) [`1`; `2`; `3`])) THEN
  STRIP_TAC THEN ASM_REWRITE_TAC[KEY_WORD_FIRST] THEN
  REWRITE_TAC[XOR_AC]);;

let ROUND_KEY_ODD = prove
 (`!key j. round_key key (2 * j + 3) =
     sums (key_word key (8 * j + 4)) (key_word key (8 * j + 5))
          (key_word key (8 * j + 6)) (key_word key (8 * j + 7))
          (sub_word (key_word key (8 * j + 11)))`,
  REPEAT GEN_TAC THEN REWRITE_TAC[round_key; sums] THEN
  REWRITE_TAC[ARITH_RULE `4 * (2 * j + 3) = 8 * j + 12`;
              GSYM ADD_ASSOC] THEN CONV_TAC NUM_REDUCE_CONV THEN
  MP_TAC(end_itlist CONJ (map (fun k ->
    CONV_RULE NUM_REDUCE_CONV (SPECL [`key:byte list`; `j:num`; k]
      KEY_WORD_NEXT)) [`5`; `6`; `7`])) THEN
  STRIP_TAC THEN ASM_REWRITE_TAC[KEY_WORD_FIRST] THEN
  REWRITE_TAC[XOR_AC]);;

(* ------------------------------------------------------------------------- *)
(* Data whose blocks are the standard's are the standard's result.           *)
(* ------------------------------------------------------------------------- *)

let DROP_ALL = prove
 (`!n l:A list. LENGTH l = n ==> drop n l = []`,
  SIMP_TAC[GSYM LENGTH_EQ_NIL; LENGTH_DROP; LE_REFL; SUB_REFL]);;

(* Data are blocks f 0 to f (m - 1) and what follows these. *)
let BLOCKS_UNIQUE = prove
 (`!m f l. 16 * m <= LENGTH l /\ (!q. q < m ==> block_at q l = f q)
           ==> APPEND (blocks m f) (drop (16 * m) l) = l`,
  REPEAT STRIP_TAC THEN
  SUBGOAL_THEN `blocks m f = blocks m (\q. block_at q l)` SUBST1_TAC THENL
   [MATCH_MP_TAC BLOCKS_EQ THEN ASM_SIMP_TAC[];
    ASM_SIMP_TAC[BLOCKS_BLOCK_AT]]);;

let WHOLE_TAC =
  REPEAT STRIP_TAC THEN
  ASM_REWRITE_TAC[ARITH_RULE `(16 * m) DIV 16 = m`; MOD_MULT] THEN
  MATCH_MP_TAC(MESON [DROP_ALL; APPEND_NIL]
    `APPEND a (drop (16 * m) c) = c /\ LENGTH c = 16 * m ==> c = a`) THEN
  ASM_REWRITE_TAC[] THEN
  MATCH_MP_TAC BLOCKS_UNIQUE THEN ASM_SIMP_TAC[LE_REFL];;

(* A data unit without stealing. *)
let XTS_ENCRYPT_WHOLE = prove
 (`!w1 w2 tweak m p c.
     LENGTH p = 16 * m /\ LENGTH c = 16 * m /\
     (!q. q < m
          ==> block_at q c = encrypt_block w1 w2 tweak q (block_at q p))
     ==> c = xts_encrypt w1 w2 tweak p`,
  REWRITE_TAC[LETS xts_encrypt] THEN WHOLE_TAC);;

let XTS_DECRYPT_WHOLE = prove
 (`!w1 w2 tweak m c p.
     LENGTH c = 16 * m /\ LENGTH p = 16 * m /\
     (!q. q < m
          ==> block_at q p = decrypt_block w1 w2 tweak q (block_at q c))
     ==> p = xts_decrypt w1 w2 tweak c`,
  REWRITE_TAC[LETS xts_decrypt] THEN WHOLE_TAC);;

(* And with it: all blocks but the last, the last, and the bytes behind it. *)
let STEAL_TAC l =
  REPEAT STRIP_TAC THEN REWRITE_TAC[LET_DEF; LET_END_DEF] THEN
  SUBGOAL_THEN `(16 * m + b) DIV 16 = m /\ (16 * m + b) MOD 16 = b`
  STRIP_ASSUME_TAC THENL
   [ASM_SIMP_TAC[DIV_MULT_ADD; MOD_MULT_ADD; DIV_LT; MOD_LT; ARITH_EQ;
                 ADD_CLAUSES];
    ALL_TAC] THEN
  ASM_REWRITE_TAC[ARITH_RULE `b = 0 <=> ~(0 < b)`] THEN
  MP_TAC(ISPECL [`m:num`; l] BLOCKS_BLOCK_AT) THEN
  ASM_REWRITE_TAC[LE_ADD] THEN
  DISCH_THEN(fun th -> GEN_REWRITE_TAC LAND_CONV [SYM th]) THEN
  SUBGOAL_THEN `blocks m = blocks (SUC (m - 1))` SUBST1_TAC THENL
   [AP_TERM_TAC THEN ASM_ARITH_TAC; ALL_TAC] THEN
  ASM_REWRITE_TAC[blocks; GSYM APPEND_ASSOC] THEN
  BINOP_TAC THENL [MATCH_MP_TAC BLOCKS_EQ THEN ASM_SIMP_TAC[]; REFL_TAC];;

let XTS_ENCRYPT_STEAL = prove
 (`!w1 w2 tweak m b p c.
     LENGTH p = 16 * m + b /\ LENGTH c = 16 * m + b /\
     0 < m /\ 0 < b /\ b < 16 /\
     (!q. q < m - 1
          ==> block_at q c = encrypt_block w1 w2 tweak q (block_at q p)) /\
     (let cc = bytes_of_block
        (encrypt_block w1 w2 tweak (m - 1) (block_at (m - 1) p)) in
      block_at (m - 1) c = encrypt_block w1 w2 tweak m
        (block_of_bytes (APPEND (drop (16 * m) p) (drop b cc))) /\
      drop (16 * m) c = take b cc)
     ==> c = xts_encrypt w1 w2 tweak p`,
  REWRITE_TAC[xts_encrypt; LET_DEF; LET_END_DEF] THEN
  STEAL_TAC `c:byte list`);;

let XTS_DECRYPT_STEAL = prove
 (`!w1 w2 tweak m b c p.
     LENGTH c = 16 * m + b /\ LENGTH p = 16 * m + b /\
     0 < m /\ 0 < b /\ b < 16 /\
     (!q. q < m - 1
          ==> block_at q p = decrypt_block w1 w2 tweak q (block_at q c)) /\
     (let pp = bytes_of_block
        (decrypt_block w1 w2 tweak m (block_at (m - 1) c)) in
      block_at (m - 1) p = decrypt_block w1 w2 tweak (m - 1)
        (block_of_bytes (APPEND (drop (16 * m) c) (drop b pp))) /\
      drop (16 * m) p = take b pp)
     ==> p = xts_decrypt w1 w2 tweak c`,
  REWRITE_TAC[xts_decrypt; LET_DEF; LET_END_DEF] THEN
  STEAL_TAC `p:byte list`);;

let BLOCK_AT_TAKE = prove
 (`!k q l. q < k ==> block_at q (take (16 * k) l) = block_at q l`,
  REPEAT STRIP_TAC THEN REWRITE_TAC[block_at] THEN AP_TERM_TAC THEN
  REWRITE_TAC[LIST_EQ; LENGTH_TAKE] THEN REPEAT STRIP_TAC THEN
  ASM_SIMP_TAC[EL_TAKE; EL_DROP] THEN MATCH_MP_TAC EL_TAKE THEN
  ASM_ARITH_TAC);;

let BLOCK_AT_DROP = prove
 (`!k q l. block_at q (drop (16 * k) l) = block_at (k + q) l`,
  REWRITE_TAC[block_at; DROP_DROP; LEFT_ADD_DISTRIB]);;

(* n data units of k blocks each. *)
let UNITS_TAC whole units l =
  GEN_TAC THEN GEN_TAC THEN GEN_TAC THEN INDUCT_TAC THEN
  REWRITE_TAC[units; MULT_CLAUSES] THEN REPEAT STRIP_TAC THENL
   [ASM_MESON_TAC[LENGTH_EQ_NIL]; ALL_TAC] THEN
  MP_TAC(ISPECL [`16 * k`; l] APPEND_TAKE_DROP) THEN
  ASM_REWRITE_TAC[LE_ADDR] THEN
  DISCH_THEN(fun th -> GEN_REWRITE_TAC LAND_CONV [SYM th]) THEN
  BINOP_TAC THENL
   [MATCH_MP_TAC whole THEN EXISTS_TAC `k:num` THEN
    REWRITE_TAC[LENGTH_TAKE] THEN SIMP_TAC[BLOCK_AT_TAKE] THEN
    REPEAT STRIP_TAC THEN FIRST_X_ASSUM(MP_TAC o SPECL [`0`; `q:num`]) THEN
    ASM_REWRITE_TAC[LT_0; MULT_CLAUSES; ADD_CLAUSES; WORD_ADD_0];
    FIRST_X_ASSUM MATCH_MP_TAC THEN
    ASM_SIMP_TAC[LENGTH_DROP; LE_ADDR; ADD_SUB; BLOCK_AT_DROP] THEN
    REPEAT STRIP_TAC THEN
    FIRST_X_ASSUM(MP_TAC o SPECL [`SUC u`; `q:num`]) THEN
    ASM_REWRITE_TAC[LT_SUC; MULT_CLAUSES] THEN
    REWRITE_TAC[ARITH_RULE `(u * k + k) + q = k + u * k + q`;
      WORD_RULE `word_add (word_add t (word 1)) (word u) =
                 word_add t (word (SUC u))`]];;

let XTS_ENCRYPT_UNITS = prove
 (`!k w1 w2 n tweak p c.
     LENGTH p = n * 16 * k /\ LENGTH c = n * 16 * k /\
     (!u q. u < n /\ q < k
            ==> block_at (u * k + q) c =
                encrypt_block w1 w2 (word_add tweak (word u)) q
                  (block_at (u * k + q) p))
     ==> c = xts_encrypt_units n (16 * k) w1 w2 tweak p`,
  UNITS_TAC XTS_ENCRYPT_WHOLE xts_encrypt_units `c:byte list`);;

let XTS_DECRYPT_UNITS = prove
 (`!k w1 w2 n tweak c p.
     LENGTH c = n * 16 * k /\ LENGTH p = n * 16 * k /\
     (!u q. u < n /\ q < k
            ==> block_at (u * k + q) p =
                decrypt_block w1 w2 (word_add tweak (word u)) q
                  (block_at (u * k + q) c))
     ==> p = xts_decrypt_units n (16 * k) w1 w2 tweak c`,
  UNITS_TAC XTS_DECRYPT_WHOLE xts_decrypt_units `p:byte list`);;
