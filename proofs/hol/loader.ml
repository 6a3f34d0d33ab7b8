(* SPDX-License-Identifier: ISC

   The main program around HOL Light: hol FILE.cmxs...

   By now HOL Light's own theorems are proved, which takes longest.  Loads the
   given proofs and says so, then reads lines from standard input; each names more
   files, which are loaded in a process of their own, so that what one line does
   to the logic, the next does not see.  Before the files it has the seconds of CPU
   time that this may take, or 0 for any.  After each it prints the status with
   which that ended. *)

(* What HOL Light says is a text, and needs no quotes. *)
let () =
  Printexc.register_printer (function Failure s -> Some s | _ -> None)

let load file =
  try Dynlink.loadfile file with e ->
    let says = match e with
      | Dynlink.Error e -> Dynlink.error_message e
      | e -> Printexc.to_string e in
    Format.print_flush ();
    Printf.printf "# %s: %s\n%!" (Filename.basename file) says;
    exit 1

let limit seconds =
  ignore (Unix.setitimer Unix.ITIMER_PROF
    { Unix.it_interval = 0.; it_value = float_of_string seconds })

let apart line =
  flush_all ();
  match Unix.fork () with
  | 0 ->
      let words = String.split_on_char ' ' line in
      limit (List.hd words);
      List.iter load (List.filter ((<>) "") (List.tl words));
      Format.print_flush ();
      exit 0
  | child ->
      match snd (Unix.waitpid [] child) with
      | Unix.WEXITED status -> status
      | Unix.WSIGNALED _ | Unix.WSTOPPED _ -> 128

let () =
  Dynlink.allow_unsafe_modules true;
  Array.iteri (fun i file -> if i > 0 then load file) Sys.argv;
  Format.print_flush ();
  Printf.printf "status 0\n%!";
  try
    while true do
      Printf.printf "status %d\n%!" (apart (input_line stdin))
    done
  with End_of_file -> ()
