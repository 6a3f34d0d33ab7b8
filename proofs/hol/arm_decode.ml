(* SPDX-License-Identifier: ISC *)
(* Which encoding is which instruction.

   FORMS has a line for each form that the engine is made of: its name in
   arm_forms.ml; the 32 bits of its encoding, the highest first, where a letter
   stands for a bit of the field of that letter; and the order in which the
   definition takes the fields.  decode is made from this table.  A word that
   fits no line is unknown, and an unknown word is stuck.

     DECODE_CONV `decode (word 0x...)`    |- decode (word ..) = form fields *)

needs "arm_forms.ml";;

let FORMS = [
  (* numbers and addresses *)
  "add_imm",      "1001000100iiiiiiiiiiiinnnnnddddd","dni";
  "sub_imm",      "1101000100iiiiiiiiiiiinnnnnddddd","dni";
  "cmp_imm",      "1111000100iiiiiiiiiiiinnnnn11111","ni";
  "and_imm",      "1001001001000000iiiiiinnnnnddddd","dni";
  "ands_imm",     "1111001001000000iiiiiinnnnnddddd","dni";
  "add_lsl",      "10001011000mmmmmiiiiiinnnnnddddd","dnmi";
  "sub_reg",      "11001011000mmmmm000000nnnnnddddd","dnm";
  "lsr_imm",      "1101001101iiiiii111111nnnnnddddd","dni";
  "movz",         "11010010100iiiiiiiiiiiiiiiiddddd","di";
  "mov",          "10101010000mmmmm00000011111ddddd","dm";
  "cset_ne",      "100110101001111100000111111ddddd","d";

  (* tweaks in general registers *)
  "eor_lsl",      "11001010000mmmmmiiiiiinnnnnddddd","dnmi";
  "and_asr",      "10001010100mmmmmiiiiiinnnnnddddd","dnmi";
  "bic",          "10001010001mmmmm000000nnnnnddddd","dnm";
  "add_lsr",      "10001011010mmmmmiiiiiinnnnnddddd","dnmi";
  "extr",         "10010011110mmmmmiiiiiinnnnnddddd","dnmi";

  (* branches *)
  "branch",       "000101iiiiiiiiiiiiiiiiiiiiiiiiii","i";
  "b_eq",         "01010100iiiiiiiiiiiiiiiiiii00000","i";
  "b_ne",         "01010100iiiiiiiiiiiiiiiiiii00001","i";
  "b_lo",         "01010100iiiiiiiiiiiiiiiiiii00011","i";
  "cbz",          "10110100iiiiiiiiiiiiiiiiiiittttt","ti";
  "cbnz",         "10110101iiiiiiiiiiiiiiiiiiittttt","ti";
  "ret",          "11010110010111110000001111000000","";
  "paciasp",      "11010101000000110010001100111111","";
  "autiasp",      "11010101000000110010001110111111","";

  (* loads and stores *)
  "ldp_x",        "1010100101iiiiiiiuuuuunnnnnttttt","tuni";
  "stp_x",        "1010100100iiiiiiiuuuuunnnnnttttt","tuni";
  "stp_x_pre",    "1010100110iiiiiiiuuuuunnnnnttttt","tuni";
  "ldp_x_post",   "1010100011iiiiiiiuuuuunnnnnttttt","tuni";
  "ldp_d",        "0110110101iiiiiiiuuuuunnnnnttttt","tuni";
  "stp_d",        "0110110100iiiiiiiuuuuunnnnnttttt","tuni";
  "ldp_q_post",   "1010110011iiiiiiiuuuuunnnnnttttt","tuni";
  "stp_q_post",   "1010110010iiiiiiiuuuuunnnnnttttt","tuni";
  "stp_q",        "1010110100iiiiiiiuuuuunnnnnttttt","tuni";
  "ldr_q",        "0011110111iiiiiiiiiiiinnnnnttttt","tni";
  "str_q",        "0011110110iiiiiiiiiiiinnnnnttttt","tni";
  "ldr_q_post",   "00111100110iiiiiiiii01nnnnnttttt","tni";
  "str_q_post",   "00111100100iiiiiiiii01nnnnnttttt","tni";
  "ldrb",         "00111000011mmmmm011010nnnnnttttt","tnm";
  "strb",         "00111000001mmmmm011010nnnnnttttt","tnm";

  (* vectors *)
  "aese",         "0100111000101000010010nnnnnddddd","dn";
  "aesd",         "0100111000101000010110nnnnnddddd","dn";
  "aesmc",        "0100111000101000011010nnnnnddddd","dn";
  "aesimc",       "0100111000101000011110nnnnnddddd","dn";
  "eor_v",        "01101110001mmmmm000111nnnnnddddd","dnm";
  "movi_2d_zero", "011011110000000011100100000ddddd","d";
  "movi_4s",      "0100111100000iii000001iiiiiddddd","di";
  "dup_4s",       "01001110000ii100000001nnnnnddddd","dni";
  "ext",          "01101110000mmmmm0iiii0nnnnnddddd","dnmi";
  "ushr_4s",      "01101111001iiiii000001nnnnnddddd","dni";
  "shl_4s",       "01001111001iiiii010101nnnnnddddd","dni";
  "sli_4s",       "01101111001iiiii010101nnnnnddddd","dni";];;

(* An encoding that the model does not know. *)
let unknown = new_definition
 `unknown (s:st) = NONE : (access list # st) option`;;

(* len bits of a word from bit lo on, as a number *)
let bits = new_definition
 `bits lo len (w:int32) = val w DIV (2 EXP lo) MOD (2 EXP len)`;;

(* The runs of places (first, last) in a pattern whose letter satisfies ok. *)
let runs_of ok pattern =
  let ok i = i < 32 && ok (String.get pattern i) in
  let rec last i = if ok (i + 1) then last (i + 1) else i in
  let rec go i =
    if i >= 32 then [] else
    if ok i then let j = last i in (i,j)::go (j + 1) else go (i + 1) in
  go 0;;

let encoding = `w:int32`;;

let mk_bits (first,last) =
  list_mk_comb(`bits`,[mk_small_numeral (31 - last);
                       mk_small_numeral (last - first + 1); encoding]);;

(* The bits of a pattern that are fixed are those of w. *)
let mk_fits pattern =
  let fits (first,last) =
    let digits = String.sub pattern first (last - first + 1) in
    mk_eq(mk_bits (first,last),
          mk_small_numeral (int_of_string ("0b" ^ digits))) in
  list_mk_conj (map fits (runs_of (fun c -> c = '0' || c = '1') pattern));;

(* A field of w: one run of bits, or several, the highest first. *)
let mk_field pattern letter =
  let join high (first,last) =
    let scale = mk_small_numeral (1 lsl (last - first + 1)) in
    mk_binop `(+):num->num->num`
      (mk_binop `( * ):num->num->num` scale high) (mk_bits (first,last)) in
  match runs_of (fun c -> c = letter) pattern with
    [] -> failwith "mk_field"
  | first::rest -> List.fold_left join (mk_bits first) rest;;

let mk_form (name,pattern,letters) =
  list_mk_comb(mk_const(name,[]),
    map (fun i -> mk_field pattern (String.get letters i))
        (0--(String.length letters - 1)));;

let decode = new_definition
 (mk_eq(mk_comb(`decode:int32->st->(access list # st) option`,encoding),
    itlist (fun ((_,pattern,_) as form) rest ->
              mk_cond(mk_fits pattern,mk_form form,rest)) FORMS `unknown`));;

(* ------------------------------------------------------------------------- *)
(* Decoding a given word.                                                    *)
(* ------------------------------------------------------------------------- *)

let COND_T = prove(`(if T then a else b) = (a:A)`,REWRITE_TAC[]);;
let COND_F = prove(`(if F then a else b) = (b:A)`,REWRITE_TAC[]);;

let AND_F = TAUT `F /\ p <=> F`;;
let AND_T = TAUT `T /\ p <=> p`;;

(* An application's arguments, each by a conversion. *)
let rec ARGS_CONV conv tm =
  match tm with
    Comb(f,_) -> COMB2_CONV (ARGS_CONV conv) conv tm
  | _ -> REFL tm;;

(* bits of a literal; each is asked for by many forms *)
let BITS_CONV =
  REWR_CONV bits THENC
  BINOP2_CONV (BINOP2_CONV WORD_VAL_CONV NUM_EXP_CONV THENC NUM_DIV_CONV)
              NUM_EXP_CONV THENC NUM_MOD_CONV;;

let DECODE_CONV tm =
  let known = Hashtbl.create 64 in
  let bits_conv t =
    try Hashtbl.find known t with Not_found ->
    let th = BITS_CONV t in Hashtbl.add known t th; th in
  let field t =
    if is_binary "+" t
    then (COMB2_CONV (RAND_CONV (RAND_CONV bits_conv THENC NUM_MULT_CONV))
            bits_conv THENC NUM_ADD_CONV) t
    else bits_conv t in
  let rec fits t =
    if is_conj t then
      let th = LAND_CONV (LAND_CONV bits_conv THENC NUM_EQ_CONV) t in
      TRANS th ((REWR_CONV AND_F ORELSEC (REWR_CONV AND_T THENC fits))
                (rand(concl th)))
    else (LAND_CONV bits_conv THENC NUM_EQ_CONV) t in
  let rec choose t =
    if is_cond t then
      let th = RATOR_CONV(LAND_CONV fits) t in
      TRANS th
        (((REWR_CONV COND_F THENC choose) ORELSEC
          (REWR_CONV COND_T THENC ARGS_CONV field)) (rand(concl th)))
    else REFL t in
  (REWR_CONV decode THENC choose) tm;;
