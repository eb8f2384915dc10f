"""The visitors over the signature tree, one purpose each; `litert_ir.ir.fold` applies them."""
