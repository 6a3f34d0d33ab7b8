(* SPDX-License-Identifier: ISC *)
(* What instructions do: one definition for each form in arm_decode.ml, in the
   terms of arm_state.ml.  Each is to be read beside the entry of its title in
   the Arm Architecture Reference Manual for A-profile (DDI 0487): chapter C6.2
   has the instructions on general registers, branches and their loads and
   stores, chapter C7.2 those on vectors.

   Fields: d, n, m are registers, t and u those that are loaded or stored, i is
   an immediate as it stands in the encoding.  An encoding that the manual
   leaves unpredictable is NONE. *)

needs "aes.ml";;
needs "arm_state.ml";;

(* Computes, touches no memory, and the next instruction follows. *)
let computes = new_definition
 `computes s = SOME ([]:access list,next s)`;;

(* ------------------------------------------------------------------------- *)
(* Numbers and addresses.                                                    *)
(* ------------------------------------------------------------------------- *)

(* J1.3, AddWithCarry: a sum and its flags. *)
let add_with_carry = new_definition
 `add_with_carry (a:int64) (b:int64) c =
   let r:int64 = word (val a + val b + bitval c) in
   r,NZCV (bit 63 r) (r = word 0)
          (~(val r = val a + val b + bitval c))
          (~(ival r = ival a + ival b + &(bitval c)))`;;

(* C6.2, ADD (immediate), 64-bit, without a shift *)
let add_imm = new_definition
 `add_imm d n i s =
   computes (set_xsp d (word_add (xsp n s) (word i)) s)`;;

(* C6.2, SUB (immediate), 64-bit, without a shift *)
let sub_imm = new_definition
 `sub_imm d n i s =
   computes (set_xsp d (word_sub (xsp n s) (word i)) s)`;;

(* C6.2, CMP (immediate), which is SUBS (immediate) to the zero register *)
let cmp_imm = new_definition
 `cmp_imm n i s =
   computes
     (set_flags (SND (add_with_carry (xsp n s) (word_not (word i)) T)) s)`;;

(* DecodeBitMasks where N is 1 and immr 0: i + 1 ones; i = 63 is reserved. *)
let bit_mask = new_definition
 `bit_mask i : int64 = word (2 EXP (i + 1) - 1)`;;

(* C6.2, AND (immediate), 64-bit *)
let and_imm = new_definition
 `and_imm d n i s =
   if i = 63 then NONE else
   computes (set_xsp d (word_and (xzr n s) (bit_mask i)) s)`;;

(* C6.2, ANDS (immediate), 64-bit *)
let ands_imm = new_definition
 `ands_imm d n i s =
   if i = 63 then NONE else
   let r = word_and (xzr n s) (bit_mask i) in
   computes (set_flags (NZCV (bit 63 r) (r = word 0) F F) (set_xzr d r s))`;;

(* C6.2, ADD (shifted register), 64-bit, LSL *)
let add_lsl = new_definition
 `add_lsl d n m i s =
   computes (set_xzr d (word_add (xzr n s) (word_shl (xzr m s) i)) s)`;;

(* C6.2, SUB (shifted register), 64-bit, not shifted *)
let sub_reg = new_definition
 `sub_reg d n m s =
   computes (set_xzr d (word_sub (xzr n s) (xzr m s)) s)`;;

(* C6.2, LSR (immediate), which is UBFM with imms = 63, 64-bit *)
let lsr_imm = new_definition
 `lsr_imm d n i s = computes (set_xzr d (word_ushr (xzr n s) i) s)`;;

(* C6.2, MOVZ, 64-bit, not shifted *)
let movz = new_definition
 `movz d i s = computes (set_xzr d (word i) s)`;;

(* C6.2, MOV (register), which is ORR (shifted register) with XZR, 64-bit *)
let mov = new_definition
 `mov d m s = computes (set_xzr d (xzr m s) s)`;;

(* C6.2, CSET, which is CSINC of XZR and XZR on the opposite condition, here
   EQ: 1 where Z is 0. *)
let cset_ne = new_definition
 `cset_ne d s =
   computes
     (set_xzr d (if flag_z (flags s) then word 0 else word 1) s)`;;

(* ------------------------------------------------------------------------- *)
(* Tweaks in general registers.                                              *)
(* ------------------------------------------------------------------------- *)

(* C6.2, EOR (shifted register), 64-bit, LSL *)
let eor_lsl = new_definition
 `eor_lsl d n m i s =
   computes (set_xzr d (word_xor (xzr n s) (word_shl (xzr m s) i)) s)`;;

(* C6.2, AND (shifted register), 64-bit, ASR *)
let and_asr = new_definition
 `and_asr d n m i s =
   computes (set_xzr d (word_and (xzr n s) (word_ishr (xzr m s) i)) s)`;;

(* C6.2, BIC (shifted register), 64-bit, not shifted *)
let bic = new_definition
 `bic d n m s =
   computes (set_xzr d (word_and (xzr n s) (word_not (xzr m s))) s)`;;

(* C6.2, ADD (shifted register), 64-bit, LSR *)
let add_lsr = new_definition
 `add_lsr d n m i s =
   computes (set_xzr d (word_add (xzr n s) (word_ushr (xzr m s) i)) s)`;;

(* C6.2, EXTR, 64-bit: 64 bits of n above m, from bit i on *)
let extract = new_definition
 `extract (h:int64) (l:int64) i : int64 =
    word_subword (word_join h l : int128) (i,64)`;;

let extr = new_definition
 `extr d n m i s =
   computes (set_xzr d (extract (xzr n s) (xzr m s) i) s)`;;

(* ------------------------------------------------------------------------- *)
(* Branches.                                                                 *)
(* ------------------------------------------------------------------------- *)

let goes = new_definition
 `goes a s = SOME ([]:access list,jump a s)`;;

(* To an offset in instructions if c, else on. *)
let branches = new_definition
 `branches c (offset:int64) s =
   let pc = program_counter s in
   goes (if c then word_add pc (word_shl offset 2)
         else word_add pc (word 4)) s`;;

(* C6.2, B *)
let branch = new_definition
 `branch i s = branches T (word_sx (word i : 26 word)) s`;;

(* C6.2, B.cond: EQ, NE, LO *)
let b_eq = new_definition
 `b_eq i s =
   branches (flag_z (flags s)) (word_sx (word i : 19 word)) s`;;
let b_ne = new_definition
 `b_ne i s =
   branches (~flag_z (flags s)) (word_sx (word i : 19 word)) s`;;
let b_lo = new_definition
 `b_lo i s =
   branches (~flag_c (flags s)) (word_sx (word i : 19 word)) s`;;

(* C6.2, CBZ and CBNZ, 64-bit *)
let cbz = new_definition
 `cbz t i s =
   branches (xzr t s = word 0) (word_sx (word i : 19 word)) s`;;
let cbnz = new_definition
 `cbnz t i s =
   branches (~(xzr t s = word 0)) (word_sx (word i : 19 word)) s`;;

(* C6.2, RET, of X30 *)
let ret = new_definition `ret s = goes (xzr 30 s) s`;;

(* C6.2, PACIASP and AUTIASP: hints, which do nothing before Armv8.3 and where
   the kernel has not enabled them. *)
let paciasp = new_definition `paciasp s = computes s`;;
let autiasp = new_definition `autiasp s = computes s`;;

(* ------------------------------------------------------------------------- *)
(* Loads and stores.                                                         *)
(* ------------------------------------------------------------------------- *)

(* A base register; CheckSPAlignment where it is SP. *)
let sp_aligned = new_definition
 `sp_aligned n s <=> n = 31 ==> word_and (xsp n s) (word 15) = word 0`;;

(* offset, a signed immediate of 7 bits that counts 2^k bytes *)
let scaled = new_definition
 `scaled i k : int64 = word_shl (word_sx (word i : 7 word)) k`;;

(* an immediate of 9 bits, signed *)
let unscaled = new_definition
 `unscaled i : int64 = word_sx (word i : 9 word)`;;

(* Two registers of 8 bytes, or of 16, at a. *)
let load_pair = new_definition
 `load_pair a k = [Load a k; Load (word_add a (word k)) k]`;;
let store_pair = new_definition
 `store_pair a k = [Store a k; Store (word_add a (word k)) k]`;;

let get_x_pair = new_definition
 `get_x_pair t u a s =
    set_xzr u (read64 (memory s) (word_add a (word 8)))
      (set_xzr t (read64 (memory s) a) s)`;;
let put_x_pair = new_definition
 `put_x_pair t u a s =
    set_memory (write64 (xzr u s) (write64 (xzr t s) (memory s) a)
                  (word_add a (word 8))) s`;;

(* C6.2, LDP, 64-bit, signed offset *)
let ldp_x = new_definition
 `ldp_x t u n i s =
   if t = u \/ ~sp_aligned n s then NONE else
   let a = word_add (xsp n s) (scaled i 3) in
   SOME (load_pair a 8,next (get_x_pair t u a s))`;;

(* C6.2, STP, 64-bit, signed offset *)
let stp_x = new_definition
 `stp_x t u n i s =
   if ~sp_aligned n s then NONE else
   let a = word_add (xsp n s) (scaled i 3) in
   SOME (store_pair a 8,next (put_x_pair t u a s))`;;

(* The base is also moved: unpredictable, unless it is SP. *)
let clashes = new_definition
 `clashes t u n <=> ~(n = 31) /\ (n = t \/ n = u)`;;

(* C6.2, STP, 64-bit, pre-index *)
let stp_x_pre = new_definition
 `stp_x_pre t u n i s =
   if clashes t u n \/ ~sp_aligned n s then NONE else
   let a = word_add (xsp n s) (scaled i 3) in
   SOME (store_pair a 8,next (set_xsp n a (put_x_pair t u a s)))`;;

(* C6.2, LDP, 64-bit, post-index *)
let ldp_x_post = new_definition
 `ldp_x_post t u n i s =
   if t = u \/ clashes t u n \/ ~sp_aligned n s then NONE else
   let a = xsp n s in
   SOME (load_pair a 8,
         next (set_xsp n (word_add a (scaled i 3)) (get_x_pair t u a s)))`;;

(* C7.2, LDP (SIMD&FP), 64-bit, signed offset: upper halves become zero *)
let ldp_d = new_definition
 `ldp_d t u n i s =
   if t = u \/ ~sp_aligned n s then NONE else
   let a = word_add (xsp n s) (scaled i 3) in
   SOME (load_pair a 8,
         next
           (set_vreg u (word_zx (read64 (memory s) (word_add a (word 8))))
             (set_vreg t (word_zx (read64 (memory s) a)) s)))`;;

(* C7.2, STP (SIMD&FP), 64-bit, signed offset *)
let stp_d = new_definition
 `stp_d t u n i s =
   if ~sp_aligned n s then NONE else
   let a = word_add (xsp n s) (scaled i 3) in
   SOME (store_pair a 8,
         next
           (set_memory
             (write64 (word_zx (vreg u s))
               (write64 (word_zx (vreg t s)) (memory s) a)
               (word_add a (word 8))) s))`;;

let get_q_pair = new_definition
 `get_q_pair t u a s =
    set_vreg u (read128 (memory s) (word_add a (word 16)))
      (set_vreg t (read128 (memory s) a) s)`;;
let put_q_pair = new_definition
 `put_q_pair t u a s =
    set_memory (write128 (vreg u s) (write128 (vreg t s) (memory s) a)
                  (word_add a (word 16))) s`;;

(* C7.2, STP (SIMD&FP), 128-bit, signed offset *)
let stp_q = new_definition
 `stp_q t u n i s =
   if ~sp_aligned n s then NONE else
   let a = word_add (xsp n s) (scaled i 4) in
   SOME (store_pair a 16,next (put_q_pair t u a s))`;;

(* C7.2, LDP (SIMD&FP), 128-bit, post-index *)
let ldp_q_post = new_definition
 `ldp_q_post t u n i s =
   if t = u \/ ~sp_aligned n s then NONE else
   let a = xsp n s in
   SOME (load_pair a 16,
         next (set_xsp n (word_add a (scaled i 4)) (get_q_pair t u a s)))`;;

(* C7.2, STP (SIMD&FP), 128-bit, post-index *)
let stp_q_post = new_definition
 `stp_q_post t u n i s =
   if ~sp_aligned n s then NONE else
   let a = xsp n s in
   SOME (store_pair a 16,
         next (set_xsp n (word_add a (scaled i 4)) (put_q_pair t u a s)))`;;

(* C7.2, LDR (immediate, SIMD&FP), 128-bit, unsigned offset *)
let ldr_q = new_definition
 `ldr_q t n i s =
   if ~sp_aligned n s then NONE else
   let a = word_add (xsp n s) (word (16 * i)) in
   SOME ([Load a 16],next (set_vreg t (read128 (memory s) a) s))`;;

(* C7.2, STR (immediate, SIMD&FP), 128-bit, unsigned offset *)
let str_q = new_definition
 `str_q t n i s =
   if ~sp_aligned n s then NONE else
   let a = word_add (xsp n s) (word (16 * i)) in
   SOME ([Store a 16],
         next (set_memory (write128 (vreg t s) (memory s) a) s))`;;

(* C7.2, LDR (immediate, SIMD&FP), 128-bit, post-index *)
let ldr_q_post = new_definition
 `ldr_q_post t n i s =
   if ~sp_aligned n s then NONE else
   let a = xsp n s in
   SOME ([Load a 16],
         next (set_xsp n (word_add a (unscaled i))
                (set_vreg t (read128 (memory s) a) s)))`;;

(* C7.2, STR (immediate, SIMD&FP), 128-bit, post-index *)
let str_q_post = new_definition
 `str_q_post t n i s =
   if ~sp_aligned n s then NONE else
   let a = xsp n s in
   SOME ([Store a 16],
         next (set_xsp n (word_add a (unscaled i))
                (set_memory (write128 (vreg t s) (memory s) a) s)))`;;

(* C6.2, LDRB (register), LSL #0 *)
let ldrb = new_definition
 `ldrb t n m s =
   if ~sp_aligned n s then NONE else
   let a = word_add (xsp n s) (xzr m s) in
   SOME ([Load a 1],next (set_xzr t (word_zx (read8 (memory s) a)) s))`;;

(* C6.2, STRB (register), LSL #0 *)
let strb = new_definition
 `strb t n m s =
   if ~sp_aligned n s then NONE else
   let a = word_add (xsp n s) (xzr m s) in
   SOME ([Store a 1],
         next (set_memory (write8 (word_zx (xzr t s)) (memory s) a) s))`;;

(* ------------------------------------------------------------------------- *)
(* Vectors.                                                                  *)
(* ------------------------------------------------------------------------- *)

(* C7.2, AESE, AESD, AESMC, AESIMC; the steps are those of FIPS 197 *)
let aese = new_definition
 `aese d n s =
   computes
     (set_vreg d (sub_bytes (shift_rows
       (word_xor (vreg d s) (vreg n s)))) s)`;;
let aesd = new_definition
 `aesd d n s =
   computes
     (set_vreg d (inv_sub_bytes (inv_shift_rows
       (word_xor (vreg d s) (vreg n s)))) s)`;;
let aesmc = new_definition
 `aesmc d n s = computes (set_vreg d (mix_columns (vreg n s)) s)`;;
let aesimc = new_definition
 `aesimc d n s = computes (set_vreg d (inv_mix_columns (vreg n s)) s)`;;

(* C7.2, EOR (vector), 16B *)
let eor_v = new_definition
 `eor_v d n m s =
   computes (set_vreg d (word_xor (vreg n s) (vreg m s)) s)`;;

(* C7.2, MOVI, 64-bit vector, of zero *)
let movi_2d_zero = new_definition
 `movi_2d_zero d s = computes (set_vreg d (word 0) s)`;;

(* Four elements of 32 bits, the lowest first. *)
let lane = new_definition
 `lane (v:int128) i : int32 = word_subword v (32 * i,32)`;;
let lanes = new_definition
 `lanes (a:int32) (b:int32) (c:int32) (d:int32) : int128 =
    word_join (word_join d c : int64) (word_join b a : int64)`;;

(* C7.2, MOVI, 32-bit shifted immediate, 4S, not shifted *)
let movi_4s = new_definition
 `movi_4s d i s =
   let e:int32 = word i in computes (set_vreg d (lanes e e e e) s)`;;

(* C7.2, DUP (element), 4S *)
let dup_4s = new_definition
 `dup_4s d n i s =
   let e = lane (vreg n s) i in computes (set_vreg d (lanes e e e e) s)`;;

(* C7.2, EXT, 16B: 16 bytes of m above n, from byte i on *)
let ext = new_definition
 `ext d n m i s =
   computes
     (set_vreg d
       (word_subword (word_join (vreg m s) (vreg n s) : 256 word)
                     (8 * i,128)) s)`;;

let each_lane = new_definition
 `each_lane f (v:int128) =
    lanes (f (lane v 0)) (f (lane v 1)) (f (lane v 2)) (f (lane v 3))`;;

(* C7.2, USHR, 4S: immh:immb is 32 + i, and the shift 64 less that *)
let ushr_4s = new_definition
 `ushr_4s d n i s =
   computes
     (set_vreg d (each_lane (\e. word_ushr e (32 - i)) (vreg n s)) s)`;;

(* C7.2, SHL, 4S *)
let shl_4s = new_definition
 `shl_4s d n i s =
   computes (set_vreg d (each_lane (\e. word_shl e i) (vreg n s)) s)`;;

(* C7.2, SLI, 4S: the bits below those that are shifted in stay *)
let sli = new_definition
 `sli i (d:int32) n =
    word_or (word_and d (word (2 EXP i - 1))) (word_shl n i)`;;
let sli_4s = new_definition
 `sli_4s d n i s =
   let v = vreg d s and w = vreg n s in
   computes
     (set_vreg d
       (lanes (sli i (lane v 0) (lane w 0)) (sli i (lane v 1) (lane w 1))
              (sli i (lane v 2) (lane w 2)) (sli i (lane v 3) (lane w 3)))
       s)`;;
