(* SPDX-License-Identifier: ISC *)
(* The loops over groups of the engine, proved from its bytes.

   Each theorem is GROUP_LOOP for one loop: from its head, with n > 0 in x7,
   execution comes to what follows the loop; 8n blocks from x0 on are those from
   x1 on, encrypted or decrypted with the tweaks t, 2t, 4t, ...; what else lies in
   memory, but for the slots in the frame, is as it was. *)

needs "arm_blocks.ml";;

let ENCRYPT_BLOCK = block_unrolled arm_encrypt encrypt_rounds;;
let DECRYPT_BLOCK = block_unrolled arm_decrypt decrypt_rounds;;

let loop_over_groups code (from,after) const block =
  let group = GROUP code from after const block in
  let outer = [base_var; rd_var; wr_var; `k:num->int128`]
  and inner = [`s:st`; `t:int128`; `sp:int64`; `dst:int64`; `src:int64`] in
  let group = SPECL [`s:st`; base_var; rd_var; wr_var; `k:num->int128`;
                     `t:int128`; `sp:int64`; `dst:int64`; `src:int64`] group in
  let rule = SPECL [code.constant; base_var; rd_var; wr_var; pc_at from;
                    pc_at after; `k:num->int128`; const; group_keeps_x;
                    `[29; 30; 31]`] GROUP_LOOP in
  GENL outer (MP rule (GENL inner group));;

(* Loops 0 and 2 have nothing but groups; loop 1 has the next tweak as well. *)
let loops code const block =
  let l = group_loops code in
  loop_over_groups code (el 0 l) const block,
  loop_over_groups code (el 2 l) const block;;

let ENCRYPT_UNIT_GROUPS,ENCRYPT_SINGLE_GROUPS =
  loops encrypt_body `arm_encrypt` ENCRYPT_BLOCK;;
let DECRYPT_UNIT_GROUPS,DECRYPT_SINGLE_GROUPS =
  loops decrypt_body `arm_decrypt` DECRYPT_BLOCK;;
