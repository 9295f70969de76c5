"""The page that begins a training or opens an earlier one."""
