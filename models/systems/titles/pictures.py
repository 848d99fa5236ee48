"""Images: reading, cropping, mirroring and tiling (sections 2 and 5)."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError

from plugin.errors import DecodeError

Picture = npt.NDArray[np.uint8]

# FFmpeg would try films and playlists too; a picture is one of these.
FORMATS = "jpeg_pipe,jpegls_pipe,png_pipe,webp_pipe,webp,gif,gif_pipe,bmp_pipe,tiff_pipe,jpegxl_pipe,image2"


def read_picture(path: Path) -> Picture:
    """Decode an image file.

    Returns
    -------
    ndarray
        uint8 [H, W, 3], RGB.

    Raises
    ------
    DecodeError
        If there is no such file, or it is no image, or it is cut short.
    """
    try:
        with (
            path.open("rb") as file,
            av.open(
                file, mode="r", container_options={"format_whitelist": FORMATS, "protocol_whitelist": "file"}
            ) as container,
        ):
            if not container.streams.video:
                raise DecodeError(path, "holds no picture")
            container.streams.video[0].codec_context.options = {"err_detect": "explode"}
            frame = next(container.decode(video=0), None)
            if frame is None or frame.is_corrupt:
                raise DecodeError(path, "not an image, or cut short")
            return np.asarray(frame.to_ndarray(format="rgb24"))
    except FileNotFoundError as error:
        raise DecodeError(path, "no such file") from error
    except (FFmpegError, ValueError, EOFError) as error:
        raise DecodeError(path, "not an image, or damaged") from error
    except OSError as error:
        raise DecodeError(path, f"cannot be read ({error.strerror})") from error


def enlarge(picture: Picture, side: int) -> Picture:
    """Scale a picture up so that a square of `side` fits into it; one that is large enough stays as it is."""
    height, width = picture.shape[:2]
    if min(height, width) >= side:
        return picture
    scale = side / min(height, width)
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    size = {"width": max(side, round(width * scale)), "height": max(side, round(height * scale))}
    return np.asarray(frame.reformat(**size, interpolation="BILINEAR").to_ndarray(format="rgb24"))


def crop(picture: Picture, side: int, rng: np.random.Generator | None) -> Picture:
    """Cut a square.

    Parameters
    ----------
    picture : ndarray
        uint8 [H, W, 3].
    rng : Generator, optional
        Draws the place and whether the picture is mirrored; None for the centre, not mirrored.

    Returns
    -------
    ndarray
        uint8 [side, side, 3].
    """
    picture = enlarge(picture, side)
    free_rows, free_columns = picture.shape[0] - side, picture.shape[1] - side
    if rng is None:
        top, left = free_rows // 2, free_columns // 2
    else:
        top, left = int(rng.integers(free_rows + 1)), int(rng.integers(free_columns + 1))
    cut = picture[top : top + side, left : left + side]
    return np.ascontiguousarray(cut[:, ::-1] if rng is not None and rng.random() < 0.5 else cut)


def tiles(image: npt.NDArray[np.generic], side: int) -> npt.NDArray[np.generic]:
    """Divide an image into square tiles, row by row; what does not fill a tile at the right and below is left out.

    Parameters
    ----------
    image : ndarray
        [C, H, W], H and W at least `side`.

    Returns
    -------
    ndarray
        [N, C, side, side].
    """
    channels, height, width = image.shape
    rows, columns = height // side, width // side
    cut = image[:, : rows * side, : columns * side].reshape(channels, rows, side, columns, side)
    return cut.transpose(1, 3, 0, 2, 4).reshape(rows * columns, channels, side, side)
