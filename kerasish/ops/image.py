"""`keras.ops.image`: images resized, projected, blurred, cut, compared, and their colors."""

from kerasish.ops.image_comparing import sobel_edges, ssim
from kerasish.ops.image_framing import crop_images, pad_images, scale_and_translate
from kerasish.ops.image_patches import extract_patches, extract_patches_3d
from kerasish.ops.images import (
    affine_transform,
    elastic_transform,
    gaussian_blur,
    hsv_to_rgb,
    map_coordinates,
    perspective_transform,
    resize,
    rgb_to_grayscale,
    rgb_to_hsv,
)

__all__ = [
    "affine_transform",
    "crop_images",
    "elastic_transform",
    "extract_patches",
    "extract_patches_3d",
    "gaussian_blur",
    "hsv_to_rgb",
    "map_coordinates",
    "pad_images",
    "perspective_transform",
    "resize",
    "rgb_to_grayscale",
    "rgb_to_hsv",
    "scale_and_translate",
    "sobel_edges",
    "ssim",
]
