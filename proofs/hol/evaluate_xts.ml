(* SPDX-License-Identifier: ISC *)
(* The specification, evaluated inside the logic: from a literal key, tweak and data
   to a theorem that says what the result is.

   A block is written block_of_bytes [b0; ...; b15].  There is one theorem for what
   a step makes of such a block; the bytes that it leaves are looked up in the
   tables of gf2.ml, whose entries are theorems too. *)

needs "xts_engine.ml";;

(* ------------------------------------------------------------------------- *)
(* Blocks and words of given bytes.                                          *)
(* ------------------------------------------------------------------------- *)

let byte_vars c n = map (fun i -> mk_var (c ^ string_of_int i, `:byte`)) (0--(n - 1));;
let byte_list l = mk_list (l, `:byte`);;
let block_of l = mk_comb (`block_of_bytes`, byte_list l);;
let word_of l = mk_comb (`word_of_bytes`, byte_list l);;

let bs = byte_vars "b" 16 and cs = byte_vars "c" 16;;

let bytes_of_list th of_list l = map (fun i ->
    CONV_RULE (RAND_CONV EL_CONV)
      (MP (ISPECL [byte_list l; mk_small_numeral i] th)
        (EQT_ELIM (REWRITE_CONV [LENGTH; ARITH]
          (lhand (concl (ISPECL [byte_list l; mk_small_numeral i] th)))))))
  (0--(length l - 1));;

let BLOCK_BYTES =
  bytes_of_list BYTE_OF_BYTES block_of bs @
  bytes_of_list BYTE_OF_BYTES block_of cs;;
let WORD_BYTES =
  let four l = bytes_of_list BYTE_OF_WORD word_of
    (map (fun i -> el i l) (0--3)) in
  four bs @ four cs @ four (map (fun i -> el (4 + i) bs) (0--3)) @
  four (map (fun i -> el (8 + i) bs) (0--3)) @
  four (map (fun i -> el (12 + i) bs) (0--3));;

(* Each step of AES on a block. *)
let STEP_BYTES = map (fun step ->
    let f = rator (lhand (concl (SPEC_ALL step))) in
    (REWRITE_CONV [step; state; elem] THENC NUM_REDUCE_CONV THENC
     REWRITE_CONV BLOCK_BYTES) (mk_comb (f, block_of bs)))
  [sub_bytes; shift_rows; mix_columns;
   inv_sub_bytes; inv_shift_rows; inv_mix_columns];;

let XOR_BYTES =
  let xors = map2 (fun b c ->
    list_mk_comb (`word_xor:byte->byte->byte`, [b; c])) bs cs in
  prove (mk_eq (list_mk_comb (`word_xor:int128->int128->int128`,
                              [block_of bs; block_of cs]), block_of xors),
    REWRITE_TAC[BLOCK_EQ] THEN CONV_TAC EXPAND_CASES_CONV THEN
    REWRITE_TAC[BYTE_XOR] THEN REWRITE_TAC BLOCK_BYTES THEN
    REWRITE_TAC(map (fun i -> CONV_RULE (RAND_CONV EL_CONV)
      (SIMP_RULE [LENGTH; ARITH]
        (SPECL [byte_list xors; mk_small_numeral i] BYTE_OF_BYTES)))
      (0--15)));;

let rec LIST_CONV conv tm =
  match tm with
  | Comb (Comb (cons, _), _) -> COMB2_CONV (RAND_CONV conv) (LIST_CONV conv) tm
  | _ -> REFL tm;;

let TABLE_CONV tm =
  match tm with
  | Comb (Const ("sbox", _), b) -> SBOX_LITERAL (literal_byte b)
  | Comb (Const ("inv_sbox", _), b) -> INV_SBOX_LITERAL (literal_byte b)
  | _ -> failwith "TABLE_CONV";;

(* Multiples by one of the constants in the two matrices. *)
let MULTIPLE_CONV =
  let tables = map (fun c -> c, GMUL_LITERAL c) [2; 3; 0x09; 0x0b; 0x0d; 0x0e] in
  fun tm -> assoc (literal_byte (lhand tm)) tables (literal_byte (rand tm));;

let rec SUM_CONV tm =
  match tm with
  | Comb (Comb (Const ("word_xor", _), _), _) ->
      (BINOP_CONV SUM_CONV THENC XOR_CONV) tm
  | Comb (Comb (Const ("gmul", _), _), _) -> MULTIPLE_CONV tm
  | _ -> REFL tm;;

let BYTES_CONV = RAND_CONV (LIST_CONV (TABLE_CONV ORELSEC SUM_CONV));;
let STEP_CONV = GEN_REWRITE_CONV I STEP_BYTES THENC BYTES_CONV;;
let BLOCK_XOR_CONV = REWR_CONV XOR_BYTES THENC BYTES_CONV;;

(* ------------------------------------------------------------------------- *)
(* The cipher, given a theorem for each round key.                           *)
(* ------------------------------------------------------------------------- *)

(* A recursion's clause for each n below 14. *)
let clauses th tm =
  map (fun n ->
    CONV_RULE (RAND_CONV NUM_REDUCE_CONV) (NUMBER_RULE (REWRITE_RULE []
      (GEN_REWRITE_CONV I [th] (subst [
        (if n = 0 then `0` else mk_comb (`SUC`, mk_small_numeral (n - 1))),
        `n:num`] tm)))))
    (0--13);;

let ROUND_CLAUSES =
  clauses rounds `rounds n w s` @ clauses inv_rounds `inv_rounds n w s`;;

let KEY_CONV keys tm =
  el (Num.int_of_num (dest_numeral (rand tm))) keys;;

let rec ROUNDS_CONV keys tm =
  match tm with
  | Comb (Comb (Comb (Const (("rounds" | "inv_rounds"), _), _), _), _) ->
      (GEN_REWRITE_CONV I ROUND_CLAUSES THENC ROUNDS_CONV keys) tm
  | Comb (Comb (Const ("word_xor", _), _), _) ->
      (BINOP_CONV (ROUNDS_CONV keys) THENC BLOCK_XOR_CONV) tm
  | Comb (Const ("block_of_bytes", _), _) -> REFL tm
  | Comb (Const (_, _), _) when type_of (rand tm) = `:int128` ->
      (RAND_CONV (ROUNDS_CONV keys) THENC STEP_CONV) tm
  | _ -> KEY_CONV keys tm;;

(* cipher w s or inv_cipher w s, where s is written out. *)
let CIPHER_CONV keys =
  GEN_REWRITE_CONV I [cipher; inv_cipher] THENC ROUNDS_CONV keys;;

(* ------------------------------------------------------------------------- *)
(* Key expansion.                                                            *)
(* ------------------------------------------------------------------------- *)

let four = byte_vars "b" 4 and four' = byte_vars "c" 4;;

let WORD_TAC =
  REWRITE_TAC[WORD_BYTES_EQ] THEN CONV_TAC EXPAND_CASES_CONV THEN
  SIMP_TAC[BYTE_OF_WORD; BYTE_XOR; LENGTH; ARITH] THEN
  CONV_TAC(DEPTH_CONV EL_CONV) THEN REWRITE_TAC[];;

let ROT_BYTES = prove
 (`rot_word (word_of_bytes [b0; b1; b2; b3]) = word_of_bytes [b1; b2; b3; b0]`,
  REWRITE_TAC[WORD_BYTES_EQ] THEN CONV_TAC EXPAND_CASES_CONV THEN
  REWRITE_TAC[ROT_WORD_BYTE] THEN SIMP_TAC[BYTE_OF_WORD; LENGTH; ARITH] THEN
  CONV_TAC(DEPTH_CONV EL_CONV) THEN REWRITE_TAC[]);;

let SUB_WORD_BYTES = prove
 (`sub_word (word_of_bytes [b0; b1; b2; b3]) =
     word_of_bytes [sbox b0; sbox b1; sbox b2; sbox b3]`,
  REWRITE_TAC[sub_word] THEN REWRITE_TAC WORD_BYTES);;

let XOR_WORD_BYTES = prove
 (`word_xor (word_of_bytes [b0; b1; b2; b3]) (word_of_bytes [c0; c1; c2; c3]) =
     word_of_bytes [word_xor b0 c0; word_xor b1 c1; word_xor b2 c2;
                    word_xor b3 c3]`,
  WORD_TAC);;

(* Four words in a row are the block of their bytes. *)
let JOIN_WORDS = prove
 (`word_join
     (word_join (word_of_bytes [b12; b13; b14; b15])
                (word_of_bytes [b8; b9; b10; b11]) : int64)
     (word_join (word_of_bytes [b4; b5; b6; b7])
                (word_of_bytes [b0; b1; b2; b3]) : int64) : int128 =
   block_of_bytes [b0; b1; b2; b3; b4; b5; b6; b7;
                   b8; b9; b10; b11; b12; b13; b14; b15]`,
  REWRITE_TAC[BLOCK_EQ] THEN CONV_TAC EXPAND_CASES_CONV THEN
  REWRITE_TAC BYTE_JOIN THEN REWRITE_TAC BLOCK_BYTES THEN
  REWRITE_TAC WORD_BYTES);;

let key_var = `key:byte list`;;
let key_bytes = byte_vars "k" 32;;

(* Each word of the schedule by those before it. *)
let KEY_WORD_CLAUSES = Array.init 60 (fun i ->
  let th = INST [mk_small_numeral i, `i:num`] (SPEC_ALL key_word) in
  let reduced = CONV_RULE (RAND_CONV (NUM_REDUCE_CONV THENC
    REWRITE_CONV [LET_DEF; LET_END_DEF])) th in
  if i >= 8 then reduced else
  CONV_RULE (RAND_CONV (RAND_CONV (ONCE_DEPTH_CONV (CHANGED_CONV SUCS) THENC
    REWRITE_CONV [take; drop; HD; TL])))
    (INST [byte_list key_bytes, key_var] reduced));;

let RCON_CONV =
  REWR_CONV rcon THENC NUM_REDUCE_CONV THENC
  RAND_CONV (LIST_CONV (TRY_CONV XTIMES_CONV));;

(* The words and the round keys of a literal key. *)
let expand_key key =
  let words = Array.make 60 TRUTH in
  let rec conv tm =
    match tm with
    | Comb (Comb (Const ("key_word", _), _), i) ->
        words.(Num.int_of_num (dest_numeral i))
    | Comb (Comb (Const ("word_xor", _), _), _) ->
        (BINOP_CONV conv THENC REWR_CONV XOR_WORD_BYTES THENC BYTES_CONV) tm
    | Comb (Const ("rot_word", _), _) ->
        (RAND_CONV conv THENC REWR_CONV ROT_BYTES) tm
    | Comb (Const ("sub_word", _), _) ->
        (RAND_CONV conv THENC REWR_CONV SUB_WORD_BYTES THENC BYTES_CONV) tm
    | Comb (Const ("rcon", _), _) -> RCON_CONV tm
    | _ -> REFL tm in
  let literals = dest_list key in
  for i = 0 to 59 do
    let th = if i < 8 then INST (zip literals key_bytes) KEY_WORD_CLAUSES.(i)
             else INST [key, key_var] KEY_WORD_CLAUSES.(i) in
    words.(i) <- CONV_RULE (RAND_CONV conv) th
  done;
  let keys = map (fun i ->
    let th = SPECL [key_var; mk_small_numeral i] round_key in
    let th = INST [key, key_var] (CONV_RULE (RAND_CONV NUM_REDUCE_CONV) th) in
    CONV_RULE (RAND_CONV (BINOP_CONV (BINOP_CONV conv) THENC
                          REWR_CONV JOIN_WORDS)) th) (0--14) in
  words, keys;;

(* ------------------------------------------------------------------------- *)
(* Data units.                                                               *)
(* ------------------------------------------------------------------------- *)

let DOUBLE_OF_BYTES =
  let t = block_of bs in
  let last = mk_comb (`\b:byte. if bit 7 b then word 135 else word 0 : byte`,
                      el 15 bs) in
  let shl b = list_mk_icomb "word_shl" [b; `1`]
  and ushr b = list_mk_icomb "word_ushr" [b; `7`]
  and xor a b = list_mk_comb (`word_xor:byte->byte->byte`, [a; b]) in
  let doubled = map (fun k -> xor (shl (el k bs))
    (if k = 0 then rand (concl (BETA_CONV last)) else ushr (el (k - 1) bs)))
    (0--15) in
  let th = SPEC t DOUBLE_BYTES in
  let each = CONJUNCT1 th :: map (fun k ->
    CONV_RULE NUM_REDUCE_CONV (SPEC (mk_small_numeral k) (CONJUNCT2 th)))
    (1--15) in
  prove (mk_eq (mk_comb (`double`, t), block_of doubled),
    REWRITE_TAC[BLOCK_EQ] THEN CONV_TAC EXPAND_CASES_CONV THEN
    REWRITE_TAC(map (REWRITE_RULE BLOCK_BYTES) each) THEN
    REWRITE_TAC BLOCK_BYTES THEN
    SIMP_TAC[BYTE_OF_BYTES; LENGTH; ARITH] THEN
    CONV_TAC(DEPTH_CONV EL_CONV) THEN REWRITE_TAC[]);;

let DOUBLE_CONV = REWR_CONV DOUBLE_OF_BYTES THENC
  RAND_CONV (LIST_CONV (WORD_REDUCE_CONV THENC REWRITE_CONV [] THENC
                        WORD_REDUCE_CONV));;

(* Data that begin with the sixteen bytes bs. *)
let rest = `rest:byte list`;;
let begin_bs = itlist (fun b l -> mk_binop `CONS:byte->byte list->byte list` b l)
  bs rest;;

let BLOCK_AT_0 = (REWRITE_CONV [block_at; MULT_CLAUSES; drop] THENC
  REWRITE_CONV [SUCS `16`; take; HD; TL])
  (list_mk_comb (`block_at`, [`0`; begin_bs]));;
let BLOCK_AT_SUC = prove
 (mk_eq (list_mk_comb (`block_at`, [`SUC j`; begin_bs]), `block_at j rest`),
  REWRITE_TAC[block_at; MULT_CLAUSES] THEN
  REWRITE_TAC[GSYM DROP_DROP] THEN REWRITE_TAC[SUCS `16`; drop; TL]);;

let rec BLOCK_AT_CONV tm =
  (REWR_CONV BLOCK_AT_0 ORELSEC
   (LAND_CONV num_CONV THENC REWR_CONV BLOCK_AT_SUC THENC BLOCK_AT_CONV)) tm;;

let APPEND_BLOCK =
  let inverse = SIMP_RULE [LENGTH; ARITH]
    (SPEC (byte_list bs) BYTES_OF_BLOCK_OF_BYTES) in
  REWRITE_CONV [inverse; APPEND]
    (list_mk_comb (`APPEND:byte list->byte list->byte list`,
                   [mk_comb (`bytes_of_block`, block_of bs); rest]));;

let BLOCKS_0 = prove
 (`APPEND (blocks 0 f) l = l`, REWRITE_TAC[blocks; APPEND]);;
let BLOCKS_SUC = prove
 (`APPEND (blocks (SUC n) f) l =
     APPEND (blocks n f) (APPEND (bytes_of_block (f n)) l)`,
  REWRITE_TAC[blocks; APPEND_ASSOC]);;

let rec LENGTH_CONV tm =
  (REWR_CONV (CONJUNCT1 LENGTH) ORELSEC
   (REWR_CONV (CONJUNCT2 LENGTH) THENC RAND_CONV LENGTH_CONV THENC
    NUM_SUC_CONV)) tm;;

(* take n or drop n of a list that is written out. *)
let rec PART_CONV tm =
  (GEN_REWRITE_CONV I [CONJUNCT1 take; CONJUNCT1 drop] ORELSEC
   (LAND_CONV num_CONV THENC
    GEN_REWRITE_CONV I [CONJUNCT2 take; CONJUNCT2 drop] THENC
    DEPTH_CONV (GEN_REWRITE_CONV I [HD; TL]) THENC
    (fun tm -> if is_comb tm && is_comb (rator tm) &&
                  is_const (rator (rator tm)) &&
                  fst (dest_const (rator (rator tm))) = "CONS"
               then RAND_CONV PART_CONV tm else PART_CONV tm))) tm;;

(* An expanded key, kept for the next data unit. *)
let keys_of =
  let made = Hashtbl.create 100 in
  fun key ->
    if not (Hashtbl.mem made key) then
      Hashtbl.add made key (snd (expand_key key));
    Hashtbl.find made key;;

let BLOCK_CONV = GEN_REWRITE_CONV I [LETS encrypt_block; LETS decrypt_block];;

(* xts_encrypt or xts_decrypt of round_key key1, round_key key2, a block and
   data. *)
let UNIT_CONV tm =
  let _, args = strip_comb tm in
  let w1 = el 0 args and w2 = el 1 args and data = el 3 args in
  let keys1 = keys_of (rand w1) and keys2 = keys_of (rand w2) in
  let tweaks = Hashtbl.create 40 in
  let rec tweak_conv tm =
    let j = Num.int_of_num (dest_numeral (rand tm)) in
    if not (Hashtbl.mem tweaks j) then
      Hashtbl.add tweaks j
        ((if j = 0 then
            REWR_CONV (CONJUNCT1 block_tweak) THENC CIPHER_CONV keys2
          else
            RAND_CONV num_CONV THENC REWR_CONV (CONJUNCT2 block_tweak) THENC
            RAND_CONV tweak_conv THENC DOUBLE_CONV) tm);
    Hashtbl.find tweaks j in
  let rec conv tm =
    let f, args = strip_comb tm in
    match fst (dest_const f) with
    | "encrypt_block" | "decrypt_block" ->
        (RAND_CONV conv THENC BLOCK_CONV THENC
         COMB2_CONV
           (RAND_CONV (RAND_CONV (RAND_CONV tweak_conv THENC
                                  BLOCK_XOR_CONV) THENC CIPHER_CONV keys1))
           tweak_conv THENC BLOCK_XOR_CONV) tm
    | "block_of_bytes" -> RAND_CONV conv tm
    | "block_at" -> (RAND_CONV conv THENC BLOCK_AT_CONV) tm
    | "take" | "drop" -> (RAND_CONV conv THENC PART_CONV) tm
    | "bytes_of_block" ->
        (REWR_CONV (GSYM APPEND_NIL) THENC conv) tm
    | "blocks" -> (REWR_CONV (GSYM APPEND_NIL) THENC conv) tm
    | "APPEND" ->
        let first = fst (strip_comb (hd args)) in
        (match fst (dest_const first) with
         | "blocks" ->
             (RAND_CONV conv THENC
              (REWR_CONV BLOCKS_0 ORELSEC
               (LAND_CONV (LAND_CONV num_CONV) THENC
                REWR_CONV BLOCKS_SUC THENC
                RAND_CONV (LAND_CONV (RAND_CONV BETA_CONV)) THENC
                conv))) tm
         | "bytes_of_block" ->
             (COMB2_CONV (RAND_CONV (RAND_CONV conv)) conv THENC
              REWR_CONV APPEND_BLOCK) tm
         | _ -> (BINOP_CONV conv THENC REWRITE_CONV [APPEND]) tm)
    | _ -> REFL tm in
  let p = `p:byte list` in
  let length = LENGTH_CONV (mk_comb (`LENGTH:byte list->num`, data)) in
  let clause =
    INST [w1, `w1:num->int128`; w2, `w2:num->int128`; el 2 args, `tweak:int128`]
      (SPEC_ALL (if fst (dest_const (fst (strip_comb tm))) = "xts_encrypt"
                 then LETS xts_encrypt
                 else INST [p, `c:byte list`] (SPEC_ALL (LETS xts_decrypt)))) in
  let of_length = mk_eq (`LENGTH (p:byte list)`, rand (concl length)) in
  let opened = CONV_RULE (RAND_CONV (PURE_REWRITE_CONV [ASSUME of_length] THENC
    NUM_REDUCE_CONV THENC
    GEN_REWRITE_CONV TRY_CONV [COND_CLAUSES])) clause in
  CONV_RULE (RAND_CONV conv)
    (PROVE_HYP length (INST [data, p] opened));;
