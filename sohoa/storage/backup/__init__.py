"""Copies of the whole archive elsewhere: made, read, restored. `sohoa verify` repairs from them, `sohoa drill` proves them."""
