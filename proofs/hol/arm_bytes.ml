(* SPDX-License-Identifier: ISC *)
(* What a call does, said of bytes and of the standard.

   `runs_units code schedule form crypt` is what a function has to do that is
   called with a data unit's size that is a multiple of 512: for any number of
   units, none included, the bytes at dst become what crypt says of those at src,
   and the events are a function, trace, of arguments, none of which is secret.
   The data key's round keys lie at schedule, in the form that the function
   takes: w1 itself, or inverse_keys w1. *)

needs "arm_call.ml";;

let runs_units = new_definition
 `runs_units code schedule form crypt <=>
    ?trace. !s base rd wr dst src n unit tweak keys sp w1 w2.
      whole s /\ program_counter s = base /\
      xsp 0 s = dst /\ xsp 1 s = src /\ xsp 2 s = word n /\ xsp 3 s = word unit /\
      xsp 4 s = tweak /\ xsp 5 s = keys /\
      xsp 31 s = word_add sp (word 400) /\ word_and sp (word 15) = word 0 /\
      unit MOD 512 = 0 /\ 0 < unit /\ unit <= 2 EXP 24 /\
      unit * n <= 2 EXP 64 /\
      (!i. i < 15
           ==> read128 (memory s) (word_add keys (word (schedule + 16 * i))) =
               form w1 i) /\
      (!i. i < 15
           ==> read128 (memory s) (word_add keys (word (480 + 16 * i))) =
               w2 i) /\
      within src (unit * n) rd /\
      (0 < n ==> within tweak 16 rd /\ within keys 720 rd) /\
      within sp 400 rd /\ within dst (unit * n) wr /\ within sp 400 wr /\
      in_place_or_apart src dst (unit * n) /\ apart keys 720 dst (unit * n) /\
      apart src (unit * n) sp 400 /\ apart dst (unit * n) sp 400 /\
      apart tweak 16 sp 400 /\ apart keys 720 sp 400
      ==> ?s'. reaches base code rd wr s s' /\ whole s' /\
               program_counter s' = xsp 30 s /\
               bytes_at (memory s') dst (unit * n) =
                 crypt n unit (w1:num->int128) (w2:num->int128)
                   (read128 (memory s) tweak)
                   (bytes_at (memory s) src (unit * n)) /\
               (!b. ~(b IN range dst (unit * n) UNION range sp 400)
                    ==> memory s' b = memory s b) /\
               keeps_x [18; 19; 20; 21; 22; 23; 24; 25; 26; 27; 28; 29; 30; 31]
                 s s' /\
               (!i. i < 8 ==> low (vreg (8 + i) s') = low (vreg (8 + i) s)) /\
               keeps_v [31] s s' /\
               (n = 0
                ==> keeps_x [0; 1; 2; 3; 4; 5; 6; 7; 8; 9; 10; 11; 12; 13; 14; 15;
                             16; 17] s s' /\
                    (!i. i < 31 ==> vreg i s' = vreg i s) /\
                    (!b. ~(b IN range sp 16) ==> memory s' b = memory s b)) /\
               read128 (memory s') sp = word_join (xsp 30 s) (xsp 29 s) /\
               (0 < n
                ==> (!i. i < 8
                         ==> vreg i s' = word 0 /\
                             high (vreg (8 + i) s') = word 0) /\
                    (!i. i < 15 ==> vreg (16 + i) s' = word 0) /\
                    xsp 0 s' = word_add dst (word (unit * n)) /\
                    xsp 1 s' = word_add src (word (unit * n)) /\
                    xsp 3 s' = word unit /\ xsp 5 s' = keys /\
                    xsp 8 s' = word_add keys (word 704) /\
                    ALL (\i. xsp i s' = word 0)
                      [2; 4; 6; 7; 9; 10; 11; 12; 13; 14; 15; 16; 17] /\
                    (!i. i < 4
                         ==> read128 (memory s')
                               (word_add sp (word (16 + 16 * i))) =
                             word_join (low (vreg (9 + 2 * i) s))
                                       (low (vreg (8 + 2 * i) s))) /\
                    (!i. i < 20
                         ==> read128 (memory s')
                               (word_add sp (word (80 + 16 * i))) =
                             word 0)) /\
               events s' =
                 APPEND (trace base dst src n unit tweak keys sp) (events s)`;;

let BLOCK_TWEAK = prove
 (`!j w2 num. block_tweak w2 num j = tweaks j (cipher w2 num)`,
  INDUCT_TAC THEN ASM_REWRITE_TAC[block_tweak; tweaks]);;

let ENCRYPTS_BLOCK = prove
 (`!w1 w2 num j p. arm_encrypt (I w1) (tweaks j (cipher w2 num)) p =
                   encrypt_block w1 w2 num j p`,
  REWRITE_TAC[I_THM; ARM_ENCRYPT; LETS encrypt_block; BLOCK_TWEAK]);;

let DECRYPTS_BLOCK = prove
 (`!w1 w2 num j p.
     arm_decrypt (inverse_keys w1) (tweaks j (cipher w2 num)) p =
     decrypt_block w1 w2 num j p`,
  REWRITE_TAC[ARM_DECRYPT; LETS decrypt_block; BLOCK_TWEAK]);;

(* Blocks in memory that are the standard's are bytes that are. *)
let BYTES_TAC units =
  REPEAT STRIP_TAC THEN
  UNDISCH_THEN `unit = 16 * k` SUBST_ALL_TAC THEN
  MATCH_MP_TAC units THEN REWRITE_TAC[LENGTH_BYTES_AT] THEN
  REPEAT CONJ_TAC THENL [ARITH_TAC; ARITH_TAC; ALL_TAC] THEN
  REPEAT STRIP_TAC THEN
  SUBGOAL_THEN `16 * (u * k + q) = (16 * k) * u + 16 * q` ASSUME_TAC THENL
   [ARITH_TAC; ALL_TAC] THEN
  SUBGOAL_THEN `16 * (u * k + q) + 16 <= (16 * k) * n` ASSUME_TAC THENL
   [TRANS_TAC LE_TRANS `(16 * k) * SUC u` THEN CONJ_TAC THENL
     [REWRITE_TAC[MULT_CLAUSES] THEN ASM_ARITH_TAC;
      REWRITE_TAC[LE_MULT_LCANCEL] THEN ASM_ARITH_TAC]; ALL_TAC] THEN
  ASM_SIMP_TAC[BLOCK_AT_BYTES_AT] THEN
  FIRST_X_ASSUM MATCH_MP_TAC THEN ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC;;

let ENCRYPTED_BYTES = prove
 (`!m m' dst src n unit k w1 w2 t.
     unit = 16 * k /\
     (!u j. u < n /\ 16 * j < unit
            ==> read128 m' (word_add dst (word (unit * u + 16 * j))) =
                encrypt_block w1 w2 (word_add t (word u)) j
                  (read128 m (word_add src (word (unit * u + 16 * j)))))
     ==> bytes_at m' dst (unit * n) =
         xts_encrypt_units n unit w1 w2 t (bytes_at m src (unit * n))`,
  BYTES_TAC XTS_ENCRYPT_UNITS);;

let DECRYPTED_BYTES = prove
 (`!m m' dst src n unit k w1 w2 t.
     unit = 16 * k /\
     (!u j. u < n /\ 16 * j < unit
            ==> read128 m' (word_add dst (word (unit * u + 16 * j))) =
                decrypt_block w1 w2 (word_add t (word u)) j
                  (read128 m (word_add src (word (unit * u + 16 * j)))))
     ==> bytes_at m' dst (unit * n) =
         xts_decrypt_units n unit w1 w2 t (bytes_at m src (unit * n))`,
  BYTES_TAC XTS_DECRYPT_UNITS);;

(* A multiple of 512, and as the instructions see it. *)
let MULTIPLE_512 = prove
 (`!unit. unit MOD 512 = 0 /\ 0 < unit ==> ?m. 128 * (m + 4) = unit`,
  REPEAT STRIP_TAC THEN EXISTS_TAC `4 * (unit DIV 512 - 1)` THEN
  MP_TAC(SPECL [`unit:num`; `512`] DIVISION) THEN ASM_ARITH_TAC);;

let WHOLE_GROUPS = prove
 (`!unit. word_and (word unit) (word 511) : int64 = word 0 <=> unit MOD 512 = 0`,
  REWRITE_TAC[GSYM VAL_EQ; VAL_MASK 9; VAL_WORD; VAL_WORD_0; DIMINDEX_64;
              ARITH_RULE `2 EXP 64 = 512 * 2 EXP 55`; MOD_MOD]);;

let LOW_ZX = prove
 (`!x:int64. low (word_zx x) = x /\ high (word_zx x) = word 0`,
  GEN_TAC THEN REWRITE_TAC[low; high; WORD_EQ_BITS_ALT; DIMINDEX_64] THEN
  CONV_TAC(DEPTH_CONV EXPAND_CASES_CONV) THEN
  REWRITE_TAC[BIT_WORD_SUBWORD; BIT_WORD_ZX; BIT_WORD_0; DIMINDEX_64;
              DIMINDEX_128] THEN
  CONV_TAC NUM_REDUCE_CONV THEN SIMP_TAC[BIT_TRIVIAL; DIMINDEX_64; ARITH]);;

(* What spec, such as runs_units, says of a function. *)
let said spec code schedule form crypt =
  INST [code.constant,code_var; mk_small_numeral schedule,`schedule:num`;
        form,mk_var("form",type_of form); crypt,mk_var("crypt",type_of crypt)]
    (SPEC_ALL spec);;

(* Of a body, but for the events. *)
let RUNS_UNITS spec code schedule form block (crypt,clause,bytes) nothing call =
  let says = said_of_body code
    (rand (concl (said spec code schedule form crypt))) in
  let proof =
    REPEAT GEN_TAC THEN STRIP_TAC THEN ASM_CASES_TAC `n = 0` THENL
     [UNDISCH_THEN `n = 0` SUBST_ALL_TAC THEN
      SUBGOAL_THEN `within sp 16 rd /\ within sp 16 wr` STRIP_ASSUME_TAC THENL
       [CONJ_TAC THEN MATCH_MP_TAC WITHIN_PREFIX THEN
        EXISTS_TAC `400` THEN ASM_REWRITE_TAC[] THEN ARITH_TAC; ALL_TAC] THEN
      MP_TAC(SPECL (butlast (butlast call_variables)) nothing) THEN
      ASM_REWRITE_TAC[] THEN REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
      DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN EXISTS_TAC `u:st` THEN
      ASM_REWRITE_TAC[MULT_CLAUSES; bytes_at; clause; LT_REFL] THEN
      REPEAT CONJ_TAC THENL
       [MP_TAC(SPECL [sp_tm; `400`; `16`] RANGE_PREFIX) THEN
        ANTS_TAC THENL [ARITH_TAC; ASM SET_TAC[]];
        ALL_TAC; ALL_TAC] THEN
      CONV_TAC EXPAND_CASES_CONV THEN CONV_TAC NUM_REDUCE_CONV THEN
      ASM_REWRITE_TAC[];
      ALL_TAC] THEN
    MP_TAC(SPEC `unit:num` MULTIPLE_512) THEN ASM_REWRITE_TAC[] THEN
    DISCH_THEN(X_CHOOSE_TAC `m:num`) THEN
    SUBGOAL_THEN `512 * n <= unit * n` ASSUME_TAC THENL
     [REWRITE_TAC[LE_MULT_RCANCEL] THEN ASM_ARITH_TAC; ALL_TAC] THEN
    SUBGOAL_THEN `0 < n /\ n < 2 EXP 64` STRIP_ASSUME_TAC THENL
     [ASM_ARITH_TAC; ALL_TAC] THEN
    SUBGOAL_THEN `within tweak 16 rd /\ within keys 720 rd` STRIP_ASSUME_TAC THENL
     [ASM_SIMP_TAC[]; ALL_TAC] THEN
    MP_TAC(SPECL [`s:st`; base_var; rd_var; wr_var; dst_tm; src_tm; tweak_tm;
      keys_tm; sp_tm; mk_comb(form,`w1:num->int128`); `w2:num->int128`; `n:num`;
      `unit:num`; `m:num`] call) THEN
    ANTS_TAC THENL [ASM_REWRITE_TAC[WHOLE_GROUPS]; ALL_TAC] THEN
    REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
    EXISTS_TAC `u:st` THEN ASM_SIMP_TAC[LOW_ZX] THEN
    MATCH_MP_TAC bytes THEN EXISTS_TAC `8 * (m + 4)` THEN
    CONJ_TAC THENL [ASM_ARITH_TAC; ASM_REWRITE_TAC[GSYM block]] in
  prove(says,proof);;

let as_it_is = `I:(num->int128)->num->int128`;;
let RUNS_ENCRYPTION spec =
  RUNS_UNITS spec encrypt_body 0 as_it_is ENCRYPTS_BLOCK
    (`xts_encrypt_units`,xts_encrypt_units,ENCRYPTED_BYTES)
    ENCRYPT_NOTHING ENCRYPT_CALL;;
let RUNS_DECRYPTION spec =
  RUNS_UNITS spec decrypt_body 240 `inverse_keys` DECRYPTS_BLOCK
    (`xts_decrypt_units`,xts_decrypt_units,DECRYPTED_BYTES)
    DECRYPT_NOTHING DECRYPT_CALL;;

let ENCRYPT_RUNS = RUNS_ENCRYPTION runs_units;;
let DECRYPT_RUNS = RUNS_DECRYPTION runs_units;;

(* With their events: all arguments are public, and SP. *)
let call_arguments = [0; 1; 2; 3; 4; 5; 31];;
let ENCRYPT_TOGETHER = TOGETHER encrypt_body call_arguments;;
let DECRYPT_TOGETHER = TOGETHER decrypt_body call_arguments;;
let ENCRYPT_RUNS_TIMED = TIME ENCRYPT_TOGETHER runs_units ENCRYPT_RUNS;;
let DECRYPT_RUNS_TIMED = TIME DECRYPT_TOGETHER runs_units DECRYPT_RUNS;;

(* Of the functions. *)
let encrypts spec crypt code lifted = LIFT (said spec code 0 as_it_is crypt) lifted
and decrypts spec crypt code lifted =
  LIFT (said spec code 240 `inverse_keys` crypt) lifted;;

let PLAIN_ENCRYPT = encrypts runs_units `xts_encrypt_units` plain_encrypt
  PLAIN_ENCRYPT_LIFTED ENCRYPT_RUNS_TIMED;;
let PLAIN_DECRYPT = decrypts runs_units `xts_decrypt_units` plain_decrypt
  PLAIN_DECRYPT_LIFTED DECRYPT_RUNS_TIMED;;
let PROTECTED_ENCRYPT = encrypts runs_units `xts_encrypt_units`
  protected_encrypt PROTECTED_ENCRYPT_LIFTED ENCRYPT_RUNS_TIMED;;
let PROTECTED_DECRYPT = decrypts runs_units `xts_decrypt_units`
  protected_decrypt PROTECTED_DECRYPT_LIFTED DECRYPT_RUNS_TIMED;;
