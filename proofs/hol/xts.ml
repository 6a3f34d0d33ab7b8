(* SPDX-License-Identifier: ISC *)
(* XTS-AES-256: IEEE Std 1619-2018, with its section numbers.

   w1 and w2 are the round keys of the data key and of the tweak key, w i that of
   round i, and tweak the number of the data unit: 128 bits, little-endian. *)

needs "aes.ml";;

(* 5.2: multiplication by alpha in the field of 2^128 elements.  Bit i of a block,
   the first byte the lowest, is the coefficient of alpha^i. *)
let double = new_definition
 `double (t:int128) : int128 =
    word_xor (word_shl t 1) (if bit 127 t then word 135 else word 0)`;;

(* 5.3.1, 5.4.1: T of block j of a data unit. *)
let block_tweak = define
 `block_tweak w2 tweak 0 = cipher w2 tweak /\
  block_tweak w2 tweak (SUC j) = double (block_tweak w2 tweak j)`;;

(* 5.3.1 *)
let encrypt_block = new_definition
 `encrypt_block w1 w2 tweak j p =
    let t = block_tweak w2 tweak j in
    word_xor (cipher w1 (word_xor p t)) t`;;

(* 5.4.1 *)
let decrypt_block = new_definition
 `decrypt_block w1 w2 tweak j c =
    let t = block_tweak w2 tweak j in
    word_xor (inv_cipher w1 (word_xor c t)) t`;;

(* Block j of data, and the data that blocks f 0 to f (n - 1) are. *)
let block_at = new_definition
 `block_at j l = block_of_bytes (take 16 (drop (16 * j) l))`;;
let blocks = define
 `blocks 0 f = [] /\
  blocks (SUC n) f = APPEND (blocks n f) (bytes_of_block (f n))`;;

(* 5.3.2: a data unit of 16 bytes or more, which is m blocks and b bytes. *)
let xts_encrypt = new_definition
 `xts_encrypt w1 w2 tweak p =
    let m = LENGTH p DIV 16 and b = LENGTH p MOD 16 in
    let enc = encrypt_block w1 w2 tweak in
    if b = 0 then blocks m (\q. enc q (block_at q p)) else
    let cc = bytes_of_block (enc (m - 1) (block_at (m - 1) p)) in
    let pp = APPEND (drop (16 * m) p) (drop b cc) in
    APPEND (blocks (m - 1) (\q. enc q (block_at q p)))
   (APPEND (bytes_of_block (enc m (block_of_bytes pp)))
           (take b cc))`;;

(* 5.4.2 *)
let xts_decrypt = new_definition
 `xts_decrypt w1 w2 tweak c =
    let m = LENGTH c DIV 16 and b = LENGTH c MOD 16 in
    let dec = decrypt_block w1 w2 tweak in
    if b = 0 then blocks m (\q. dec q (block_at q c)) else
    let pp = bytes_of_block (dec m (block_at (m - 1) c)) in
    let cc = APPEND (drop (16 * m) c) (drop b pp) in
    APPEND (blocks (m - 1) (\q. dec q (block_at q c)))
   (APPEND (bytes_of_block (dec (m - 1) (block_of_bytes cc)))
           (take b pp))`;;

(* n data units of the same size, the tweak one more for each. *)
let xts_encrypt_units = define
 `xts_encrypt_units 0 unit w1 w2 tweak p = [] /\
  xts_encrypt_units (SUC n) unit w1 w2 tweak p =
    APPEND (xts_encrypt w1 w2 tweak (take unit p))
           (xts_encrypt_units n unit w1 w2 (word_add tweak (word 1))
                              (drop unit p))`;;
let xts_decrypt_units = define
 `xts_decrypt_units 0 unit w1 w2 tweak c = [] /\
  xts_decrypt_units (SUC n) unit w1 w2 tweak c =
    APPEND (xts_decrypt w1 w2 tweak (take unit c))
           (xts_decrypt_units n unit w1 w2 (word_add tweak (word 1))
                              (drop unit c))`;;
