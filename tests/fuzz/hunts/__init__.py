"""One module a kind of file: where its inputs come from, and the laws that hold for them."""
