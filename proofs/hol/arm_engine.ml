(* SPDX-License-Identifier: ISC *)
(* The engine: the bytes of its three functions, as they are in programs linked
   without branch protection ("plain") and with it ("protected").

   Each constant is a function's code.  That all of its words decode is what
   the listing says: MAP decode code = [form; ...], of which none is unknown.
   What both programs have of a function is its body, and what is proved of the
   engine is proved of bodies; LIFTED says it of either program's function. *)

needs "arm_builds.ml";;
needs "arm_loop.ml";;

let plain_encrypt =
  define_code "xts_encrypt_plain" xts_encrypt_arm64_plain;;
let plain_decrypt =
  define_code "xts_decrypt_plain" xts_decrypt_arm64_plain;;
let plain_expand =
  define_code "xts_expand_plain" xts_expand_arm64_plain;;
let protected_encrypt =
  define_code "xts_encrypt_protected" xts_encrypt_arm64_protected;;
let protected_decrypt =
  define_code "xts_decrypt_protected" xts_decrypt_arm64_protected;;
let protected_expand =
  define_code "xts_expand_protected" xts_expand_arm64_protected;;

(* All but the return, where there is no branch protection. *)
let encrypt_body =
  define_code "xts_encrypt_body" (butlast xts_encrypt_arm64_plain);;
let decrypt_body =
  define_code "xts_decrypt_body" (butlast xts_decrypt_arm64_plain);;
let expand_body =
  define_code "xts_expand_body" (butlast xts_expand_arm64_plain);;

let PLAIN_ENCRYPT_LIFTED = LIFTED plain_encrypt encrypt_body;;
let PLAIN_DECRYPT_LIFTED = LIFTED plain_decrypt decrypt_body;;
let PLAIN_EXPAND_LIFTED = LIFTED plain_expand expand_body;;
let PROTECTED_ENCRYPT_LIFTED = LIFTED protected_encrypt encrypt_body;;
let PROTECTED_DECRYPT_LIFTED = LIFTED protected_decrypt decrypt_body;;
let PROTECTED_EXPAND_LIFTED = LIFTED protected_expand expand_body;;

let ENCRYPT_DECODED = plain_encrypt.listing;;
let DECRYPT_DECODED = plain_decrypt.listing;;
let EXPAND_DECODED = plain_expand.listing;;
let PROTECTED_ENCRYPT_DECODED = protected_encrypt.listing;;
let PROTECTED_DECRYPT_DECODED = protected_decrypt.listing;;
let PROTECTED_EXPAND_DECODED = protected_expand.listing;;

(* Where the code has an instruction that is such, by index. *)
let indices code p =
  filter (fun k -> p (rand (concl code.decoded.(k))))
         (0--(Array.length code.decoded - 1));;

(* Where the conditional branch at an index leads. *)
let target code k =
  let offset = rand (rand (concl code.decoded.(k))) in
  let offset = Num.int_of_num (dest_numeral offset) in
  k + offset - (if offset < 1 lsl 18 then 0 else 1 lsl 19);;

(* Branches backwards on x7, the number of groups: loops over groups, each as
   the index of its head and the index after its end.  In the order of the code:
   of units all but the last four groups, of units the three before the last,
   of a single unit. *)
let group_loops code =
  let is_loop tm =
    match tm with
      Comb(Comb(Const("cbnz",_),t),_) -> t = `7`
    | _ -> false in
  map (fun k -> target code k,k + 1) (indices code is_loop);;

(* Instructions from first to last, of which nothing is known before: the
   hypotheses are the accesses that they make, and that SP is aligned. *)
let run_piece code first last =
  let context =
    { code = code; permission = ASSUME; aparts = []; aligned = ASSUME;
      decided = []; simplify = RULES_CONV } in
  (funpow (last - first + 1) (STEP context) (start_at code first [] [])).reach;;
