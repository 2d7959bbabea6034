"""QR codes and barcodes on a page (`reading.read_codes`) and what they say (`saying.what_it_says`)."""
