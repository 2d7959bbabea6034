"""Where the reader's model comes from: `python -m sohoa.ocr.understanding.handwriting.training MNIST_FOLDER -o OUT`.

MNIST_FOLDER holds t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz (MNIST by Yann LeCun, Corinna Cortes and Christopher
Burges, CC BY-SA 3.0). Digits come from there and from strokes drawn here in the ways Vietnamese clerks write them; strings are
put together of both, with what stands around a number on paper. One core, numpy and OpenCV alone.
"""
