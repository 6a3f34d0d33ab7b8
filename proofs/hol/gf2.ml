(* SPDX-License-Identifier: ISC *)
(* The field of 256 elements, and the S-box of AES: FIPS 197, 4 and 5.1.1.

   A byte is a polynomial over GF(2), bit i the coefficient of x^i.  The S-box is
   what the standard says that it is, an inverse and an affine map; its table is a
   consequence, and what evaluates it. *)

needs "bytes.ml";;

(* ------------------------------------------------------------------------- *)
(* Definitions.                                                              *)
(* ------------------------------------------------------------------------- *)

(* 4.2: x times b, modulo x^8 + x^4 + x^3 + x + 1. *)
let xtime = new_definition
 `xtime (b:byte) : byte =
    word_xor (word_shl b 1) (if bit 7 b then word 0x1b else word 0)`;;

(* x^n times b. *)
let xtimes = define
 `xtimes 0 b = b /\
  xtimes (SUC n) b = xtime (xtimes n b)`;;

(* a times the n lowest coefficients of b; and a times b. *)
let gmul_low = define
 `gmul_low 0 a b = word 0 /\
  gmul_low (SUC n) a b =
    word_xor (gmul_low n a b) (if bit n (b:byte) then xtimes n a else word 0)`;;
let gmul = new_definition `gmul a b = gmul_low 8 a b`;;

(* 4.4: the inverse, and 0 of 0. *)
let ginv = new_definition
 `ginv a = if a = word 0 then word 0 else @b. gmul a b = word 1`;;

(* 5.1.1: bit i of the result is b_i + b_(i+4) + b_(i+5) + b_(i+6) + b_(i+7) + c_i,
   indices modulo 8, c = 0x63. *)
let affine = new_definition
 `affine (b:byte) : byte =
    word_xor b (word_xor (word_ror b 4) (word_xor (word_ror b 5)
      (word_xor (word_ror b 6) (word_xor (word_ror b 7) (word 0x63)))))`;;

let sbox = new_definition `sbox b = affine (ginv b)`;;

(* 5.3.2: the byte that the S-box takes to c. *)
let inv_sbox = new_definition `inv_sbox c = @b. sbox b = c`;;

(* ------------------------------------------------------------------------- *)
(* Statements about all bytes, one by one.                                   *)
(* ------------------------------------------------------------------------- *)

let byte_literal =
  let literals = Array.init 256 (fun k ->
    mk_comb (`word:num->byte`, mk_small_numeral k)) in
  fun k -> literals.(k);;

let literal_byte tm = Num.int_of_num (dest_numeral (rand tm));;

let BYTE_CASES = prove
 (`!P. (!k. k < 256 ==> P (word k : byte)) ==> !b. P b`,
  REPEAT STRIP_TAC THEN ONCE_REWRITE_TAC[GSYM WORD_VAL] THEN
  FIRST_X_ASSUM MATCH_MP_TAC THEN REWRITE_TAC[VAL_BYTE_BOUND]);;

let EACH_BELOW_256 =
  EXPAND_CASES_CONV `!k. k < 256 ==> P (word k : byte)`;;

let instance p k = rand (concl (BETA_CONV (mk_comb (p, byte_literal k))));;

(* From a theorem P (word k) for each k to !b. P b, P given as \b. P b. *)
let ALL_BYTES p each =
  let beta k = EQ_MP (SYM (BETA_CONV (mk_comb (p, byte_literal k)))) (each k) in
  let all = end_itlist CONJ (map beta (0--255)) in
  CONV_RULE (BINDER_CONV BETA_CONV)
    (MATCH_MP BYTE_CASES
      (EQ_MP (SYM (INST [p, `P:byte->bool`] EACH_BELOW_256)) all));;

(* ------------------------------------------------------------------------- *)
(* Multiplication is linear, has the unit 1 and is associative.              *)
(* ------------------------------------------------------------------------- *)

let XOR_AC = prove
 (`word_xor a b = word_xor b a : N word /\
   word_xor (word_xor a b) c = word_xor a (word_xor b c) /\
   word_xor a (word_xor b c) = word_xor b (word_xor a c)`,
  CONV_TAC WORD_BITWISE_RULE);;

let XOR_CANCEL = prove
 (`word_xor a a = word 0 : N word /\ word_xor a (word_xor a b) = b /\
   word_xor a (word 0) = a /\ word_xor (word 0) a = a`,
  CONV_TAC WORD_BITWISE_RULE);;

let XTIME_XOR = prove
 (`!a b. xtime (word_xor a b) = word_xor (xtime a) (xtime b)`,
  REPEAT GEN_TAC THEN
  REWRITE_TAC[xtime; BIT_WORD_XOR; DIMINDEX_8; ARITH; WORD_SHL_XOR] THEN
  MAP_EVERY ASM_CASES_TAC [`bit 7 (a:byte)`; `bit 7 (b:byte)`] THEN
  ASM_REWRITE_TAC[] THEN CONV_TAC WORD_BITWISE_RULE);;

let XTIME_0 = prove
 (`xtime (word 0) = word 0`,
  REWRITE_TAC[xtime] THEN CONV_TAC WORD_REDUCE_CONV);;

let XTIMES_XOR = prove
 (`!n a b. xtimes n (word_xor a b) = word_xor (xtimes n a) (xtimes n b)`,
  INDUCT_TAC THEN ASM_REWRITE_TAC[xtimes; XTIME_XOR]);;

let XTIMES_0 = prove
 (`!n. xtimes n (word 0) = word 0`,
  INDUCT_TAC THEN ASM_REWRITE_TAC[xtimes; XTIME_0]);;

let GMUL_LOW_XOR = prove
 (`!n a b c. gmul_low n (word_xor a b) c =
               word_xor (gmul_low n a c) (gmul_low n b c)`,
  INDUCT_TAC THEN ASM_REWRITE_TAC[gmul_low; XOR_CANCEL] THEN REPEAT GEN_TAC THEN
  REWRITE_TAC[XTIMES_XOR] THEN COND_CASES_TAC THEN
  REWRITE_TAC[XOR_CANCEL; XOR_AC]);;

(* (a + b) c = a c + b c *)
let GMUL_XOR = prove
 (`!a b c. gmul (word_xor a b) c = word_xor (gmul a c) (gmul b c)`,
  REWRITE_TAC[gmul; GMUL_LOW_XOR]);;

let BIT_XOR_8 = prove
 (`!n a b:byte. n < 8 ==> (bit n (word_xor a b) <=> ~(bit n a <=> bit n b))`,
  SIMP_TAC[BIT_WORD_XOR; DIMINDEX_8]);;

let GMUL_LOW_RXOR = prove
 (`!n a b c. n <= 8
             ==> gmul_low n a (word_xor b c) =
                 word_xor (gmul_low n a b) (gmul_low n a c)`,
  INDUCT_TAC THEN REWRITE_TAC[gmul_low; XOR_CANCEL] THEN REPEAT STRIP_TAC THEN
  ASM_SIMP_TAC[BIT_XOR_8; ARITH_RULE `SUC n <= 8 ==> n < 8 /\ n <= 8`] THEN
  MAP_EVERY ASM_CASES_TAC [`bit n (b:byte)`; `bit n (c:byte)`] THEN
  ASM_REWRITE_TAC[XOR_CANCEL; XOR_AC] THEN REWRITE_TAC[XOR_CANCEL; XOR_AC]);;

(* a (b + c) = a b + a c *)
let GMUL_RXOR = prove
 (`!a b c. gmul a (word_xor b c) = word_xor (gmul a b) (gmul a c)`,
  SIMP_TAC[gmul; GMUL_LOW_RXOR; LE_REFL]);;

let GMUL_LOW_0 = prove
 (`!n a. gmul_low n a (word 0) = word 0 /\ gmul_low n (word 0) a = word 0`,
  INDUCT_TAC THEN
  ASM_REWRITE_TAC[gmul_low; BIT_WORD_0; XTIMES_0; XOR_CANCEL; COND_ID]);;

let GMUL_0 = prove
 (`!a. gmul a (word 0) = word 0 /\ gmul (word 0) a = word 0`,
  REWRITE_TAC[gmul; GMUL_LOW_0]);;

(* A product written out as a sum. *)
let NUMBER_RULE = CONV_RULE (DEPTH_CONV NUM_SUC_CONV);;
let SUCS = TOP_DEPTH_CONV num_CONV;;

let GMUL_SUM =
  NUMBER_RULE (REWRITE_RULE [SUCS `8`; gmul_low; XOR_CANCEL] gmul);;

(* ------------------------------------------------------------------------- *)
(* Evaluation on literal bytes, each table filled as it is needed.           *)
(* ------------------------------------------------------------------------- *)

let table f =
  let made = Array.make 256 None in
  fun k -> match made.(k) with
    | Some th -> th
    | None -> let th = f k in made.(k) <- Some th; th;;

(* Sums bit by bit, of which the last came to be known before: a + b is
   (a + b') + 2^i, where 2^i is the lowest bit of b. *)
let XOR_CONV =
  let xor = `word_xor : byte->byte->byte` in
  let mk a b = mk_comb (mk_comb (xor, a), byte_literal b)
  and assoc = prove (`word_xor (a:byte) (word_xor b c) =
                      word_xor (word_xor a b) c`, REWRITE_TAC[XOR_AC])
  and zero = prove (`word_xor (a:byte) (word 0) = a`, REWRITE_TAC[XOR_CANCEL])
  and a_var = `a:byte` and b_var = `b:byte` and c_var = `c:byte` in
  let made = Array.make 65536 None in
  let rec literal a b =
    match made.(256 * a + b) with
    | Some th -> th
    | None ->
        let th = make a b in made.(256 * a + b) <- Some th; th
  and make a b =
    let low = b land (-b) in
    if b = 0 then INST [byte_literal a, a_var] zero
    else if b = low then WORD_XOR_CONV (mk (byte_literal a) b)
    else
      let rest = b - low in
      let split = SYM (literal rest low) in
      let regroup = INST [byte_literal a, a_var; byte_literal rest, b_var;
                          byte_literal low, c_var] assoc in
      TRANS (TRANS (AP_TERM (mk_comb (xor, byte_literal a)) split) regroup)
        (TRANS (AP_THM (AP_TERM xor (literal a rest)) (byte_literal low))
           (literal (a lxor rest) low)) in
  fun tm -> literal (literal_byte (lhand tm)) (literal_byte (rand tm));;

let XTIME_LITERAL = table (fun k ->
  CONV_RULE (RAND_CONV WORD_REDUCE_CONV) (SPEC (byte_literal k) xtime));;

let XTIME_CONV tm = XTIME_LITERAL (literal_byte (rand tm));;

(* x^n times a literal, for n from 0 to 8. *)
let XTIMES_CONV =
  let clauses = map (fun n ->
    NUMBER_RULE (REWRITE_CONV [SUCS (mk_small_numeral n); xtimes]
      (list_mk_comb (`xtimes`, [mk_small_numeral n; `b:byte`])))) (0--8) in
  GEN_REWRITE_CONV I clauses THENC DEPTH_CONV XTIME_CONV;;

let GMUL_CONV tm =
  let _ = literal_byte (lhand tm), literal_byte (rand tm) in
  (REWR_CONV GMUL_SUM THENC
   ONCE_DEPTH_CONV WORD_BIT_CONV THENC
   REWRITE_CONV [XOR_CANCEL] THENC
   ONCE_DEPTH_CONV XTIMES_CONV THENC
   DEPTH_CONV XOR_CONV) tm;;

(* The same for a constant a, by a table. *)
let GMUL_LITERAL a =
  let times = mk_comb (`gmul`, byte_literal a) in
  table (fun k -> GMUL_CONV (mk_comb (times, byte_literal k)));;

(* ------------------------------------------------------------------------- *)
(* Multiplication is associative.                                            *)
(* ------------------------------------------------------------------------- *)

(* x^8 = x^4 + x^3 + x + 1 *)
let XTIMES_8 =
  let p = `\a. xtimes 8 a = word_xor (xtimes 4 a) (word_xor (xtimes 3 a)
                              (word_xor (xtimes 1 a) (xtimes 0 a)))` in
  ALL_BYTES p (fun k -> EQT_ELIM
    ((ONCE_DEPTH_CONV XTIMES_CONV THENC DEPTH_CONV XOR_CONV THENC
      WORD_EQ_CONV) (instance p k)));;

let XTIME_BITS =
  let bit_xtime i = prove
   (mk_eq (list_mk_icomb "bit" [mk_small_numeral i; `xtime b`],
      if i = 0 then `bit 7 (b:byte)` else
      let below = list_mk_icomb "bit" [mk_small_numeral (i - 1); `b:byte`] in
      if mem i [1; 3; 4] then
        mk_neg (mk_eq (below, `bit 7 (b:byte)`))
      else below),
    REWRITE_TAC[xtime; BIT_WORD_XOR; BIT_WORD_SHL; DIMINDEX_8] THEN
    COND_CASES_TAC THEN CONV_TAC(NUM_REDUCE_CONV THENC WORD_REDUCE_CONV) THEN
    ASM_REWRITE_TAC[]) in
  end_itlist CONJ (map bit_xtime (0--7));;

let COND_XOR = prove
 (`(if ~(p <=> q) then x else word 0) =
     word_xor (if p then x else word 0) (if q then x else word 0) : N word /\
   (if p then word_xor x y else word 0) =
     word_xor (if p then x else word 0) (if p then y else word 0) : N word`,
  MAP_EVERY ASM_CASES_TAC [`p:bool`; `q:bool`] THEN
  ASM_REWRITE_TAC[XOR_CANCEL]);;

let XTIME_COND = prove
 (`xtime (if p then b else word 0) = if p then xtime b else word 0`,
  COND_CASES_TAC THEN REWRITE_TAC[XTIME_0]);;

(* a (x b) = x (a b) *)
let GMUL_XTIME = prove
 (`!a b. gmul a (xtime b) = xtime (gmul a b)`,
  REWRITE_TAC[GMUL_SUM; XTIME_XOR; XTIME_COND; XTIME_BITS;
              GSYM (CONJUNCT2 xtimes)] THEN
  CONV_TAC(DEPTH_CONV NUM_SUC_CONV) THEN
  REWRITE_TAC[XTIMES_8; COND_XOR; XOR_AC; XOR_CANCEL]);;

let GMUL_XTIMES = prove
 (`!n a b. gmul a (xtimes n b) = xtimes n (gmul a b)`,
  INDUCT_TAC THEN ASM_REWRITE_TAC[xtimes; GMUL_XTIME]);;

let GMUL_GMUL_LOW = prove
 (`!n a b c. gmul a (gmul_low n b c) = gmul_low n (gmul a b) c`,
  INDUCT_TAC THEN ASM_REWRITE_TAC[gmul_low; GMUL_0; GMUL_RXOR] THEN
  REPEAT GEN_TAC THEN COND_CASES_TAC THEN
  ASM_REWRITE_TAC[GMUL_0; GMUL_XTIMES]);;

(* a (b c) = (a b) c *)
let GMUL_ASSOC = prove
 (`!a b c. gmul a (gmul b c) = gmul (gmul a b) c`,
  REPEAT GEN_TAC THEN
  GEN_REWRITE_TAC (LAND_CONV o RAND_CONV) [gmul] THEN
  REWRITE_TAC[GMUL_GMUL_LOW] THEN REWRITE_TAC[gmul]);;

(* ------------------------------------------------------------------------- *)
(* Inverses, and the tables of the S-box.                                    *)
(* ------------------------------------------------------------------------- *)

(* a^254, computed outside of the logic to be proved to be the inverse in it. *)
let inverse =
  let xtime a = (a lsl 1) lxor (if a > 127 then 0x11b else 0) in
  let rec mul a b =
    if b = 0 then 0 else
    (if b land 1 = 1 then a else 0) lxor mul (xtime a) (b lsr 1) in
  let rec power a n = if n = 0 then 1 else mul a (power a (n - 1)) in
  Array.init 256 (fun a -> power a 254);;

(* |- gmul (word k) (word k') = word 1 *)
let INVERSE_LITERAL = table (fun k ->
  GMUL_CONV (list_mk_comb (`gmul`, map byte_literal [k; inverse.(k)])));;

let GMUL_1 =
  let p = `\b. gmul (word 1) b = b` and q = `\b. gmul b (word 1) = b` in
  let each p k = EQT_ELIM ((LAND_CONV GMUL_CONV THENC WORD_EQ_CONV)
    (instance p k)) in
  CONJ (ALL_BYTES p (each p)) (ALL_BYTES q (each q));;

let GINV_UNIQUE = prove
 (`gmul a b = word 1 /\ gmul b a = word 1 ==> ginv a = b`,
  STRIP_TAC THEN SUBGOAL_THEN `~(a:byte = word 0)` ASSUME_TAC THENL
   [DISCH_THEN SUBST_ALL_TAC THEN RULE_ASSUM_TAC(REWRITE_RULE[GMUL_0]) THEN
    FIRST_X_ASSUM(MP_TAC o CONV_RULE WORD_EQ_CONV) THEN REWRITE_TAC[];
    ASM_REWRITE_TAC[ginv] THEN MATCH_MP_TAC SELECT_UNIQUE THEN
    X_GEN_TAC `c:byte` THEN REWRITE_TAC[] THEN EQ_TAC THENL
     [DISCH_THEN(MP_TAC o AP_TERM `gmul b`) THEN
      ASM_REWRITE_TAC[GMUL_ASSOC; GMUL_1];
      DISCH_THEN SUBST1_TAC THEN ASM_REWRITE_TAC[]]]);;

(* |- ginv (word k) = word k' *)
let GINV_LITERAL = table (fun k ->
  if k = 0 then REWRITE_CONV [ginv] `ginv (word 0)` else
  MATCH_MP GINV_UNIQUE
    (CONJ (INVERSE_LITERAL k) (INVERSE_LITERAL inverse.(k))));;

(* Every element but 0 has the inverse that it is said to have. *)
let GMUL_GINV =
  let p = `\a. ~(a = word 0) ==> gmul a (ginv a) = word 1` in
  ALL_BYTES p (fun k ->
    EQT_ELIM ((RAND_CONV (LAND_CONV (RAND_CONV (K (GINV_LITERAL k)) THENC
      (if k = 0 then REWRITE_CONV [GMUL_0] else K (INVERSE_LITERAL k)))) THENC
      DEPTH_CONV WORD_EQ_CONV THENC REWRITE_CONV [])
      (instance p k)));;

(* |- sbox (word k) = word k' *)
let SBOX_LITERAL = table (fun k ->
  let th = SPEC (byte_literal k) sbox in
  CONV_RULE (RAND_CONV (RAND_CONV (K (GINV_LITERAL k)) THENC
    REWR_CONV affine THENC WORD_REDUCE_CONV)) th);;

let sbox_value =
  let values = Array.init 256 (fun k -> literal_byte (rand (concl
    (SBOX_LITERAL k)))) in
  fun k -> values.(k);;

let sbox_place =
  let places = Array.make 256 0 in
  for k = 0 to 255 do places.(sbox_value k) <- k done;
  fun k -> places.(k);;

(* A byte is known by its place in the S-box: a table takes it back. *)
let SBOX_INJECTIVE =
  let back = mk_list (map (byte_literal o sbox_place) (0--255), `:byte`) in
  let p = mk_abs (`b:byte`, subst [back, `l:byte list`]
    `EL (val (sbox b)) l = b`) in
  let inverts = ALL_BYTES p (fun k -> EQT_ELIM
    ((LAND_CONV (LAND_CONV (RAND_CONV (K (SBOX_LITERAL k)) THENC
       WORD_VAL_CONV) THENC EL_CONV) THENC WORD_EQ_CONV)
      (instance p k))) in
  prove (`!a b. sbox a = sbox b <=> a = b`,
    MESON_TAC[inverts]);;

let INV_SBOX_SBOX = prove
 (`!b. inv_sbox (sbox b) = b`,
  GEN_TAC THEN REWRITE_TAC[inv_sbox] THEN MATCH_MP_TAC SELECT_UNIQUE THEN
  REWRITE_TAC[SBOX_INJECTIVE]);;

(* |- inv_sbox (word k) = word k' *)
let INV_SBOX_LITERAL = table (fun k ->
  let place = sbox_place k in
  TRANS (AP_TERM `inv_sbox` (SYM (SBOX_LITERAL place)))
    (SPEC (byte_literal place) INV_SBOX_SBOX));;

let SBOX_INV_SBOX =
  let p = `\b. sbox (inv_sbox b) = b` in
  ALL_BYTES p (fun k ->
    EQT_ELIM ((LAND_CONV (RAND_CONV (K (INV_SBOX_LITERAL k)) THENC
      K (SBOX_LITERAL (sbox_place k))) THENC WORD_EQ_CONV)
      (instance p k)));;
