"""A page made easy to read: only what measuring the page asks for, and a way back from every box to the page as it was."""

import cv2

# Pages are spread over the cores, one thread a page: OpenCV's own threads would only take turns with the other pages'.
cv2.setNumThreads(1)
