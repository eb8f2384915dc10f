"""Models of images of any height and width."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litert_ir.backends import load_keras
from tests.dynamic.dynamic_case import DynamicCase, Shapes
from tests.dynamic.own_layers import Computed, height_and_width, new

keras = load_keras()
layers, ops = keras.layers, keras.ops
Block = Callable[[Any], Any]

USUAL: tuple[Shapes, ...] = (((1, 37, 53, 3),), ((3, 64, 41, 3),))


def image_model(*blocks: Block) -> Callable[[], Any]:
    """A chain of blocks on an RGB image."""

    def build() -> Any:
        x = image = keras.Input((None, None, 3), name="image")
        for block in blocks:
            x = block(x)
        return keras.Model(image, x)

    return build


def row(name: str, *blocks: Block, runs_at: tuple[Shapes, ...] = USUAL, **more: Any) -> DynamicCase:
    return DynamicCase(name, image_model(*blocks), runs_at, **more)


def convolution(*arguments: Any, **options: Any) -> Block:
    return new(layers.Conv2D, *arguments, activation="relu", **options)


def correct_pad(x: Any) -> Any:
    """The block of `keras.applications` that pads below and right, and strides by two."""
    x = layers.ZeroPadding2D(((0, 1), (0, 1)))(x)
    return layers.ReLU()(layers.Conv2D(6, 3, strides=2)(x))


def padded_to_eight(x: Any) -> Any:
    height, width = height_and_width(x)
    return ops.pad(x, ((0, 0), (0, -height % 8), (0, -width % 8), (0, 0)))


def padded_by_tensorflow(x: Any) -> Any:
    from litert_ir.backends import load_tensorflow

    tf = load_tensorflow()
    shape = tf.shape(x)
    return tf.pad(x, [[0, 0], [0, -shape[1] % 8], [0, -shape[2] % 8], [0, 0]])


def middle(x: Any) -> Any:
    height, width = height_and_width(x)
    top, left = (height - 60) // 2, (width - 60) // 2
    return ops.slice(x, (0, top, left, 0), (ops.shape(x)[0], 60, 60, 3))


def swapped_halves(x: Any) -> Any:
    half = ops.shape(x)[2] // 2
    return ops.concatenate([x[:, :, half:], x[:, :, :half]], axis=2)


def depth_to_space(x: Any) -> Any:
    height, width = height_and_width(x)
    x = ops.reshape(x, (-1, height, width, 2, 2, x.shape[-1] // 4))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (-1, height * 2, width * 2, x.shape[-1]))


def space_to_depth(x: Any) -> Any:
    height, width = height_and_width(x)
    x = ops.reshape(x, (-1, height // 2, 2, width // 2, 2, x.shape[-1]))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (-1, height // 2, width // 2, 4 * x.shape[-1]))


def coordinates(x: Any) -> Any:
    """Channels with each pixel's place, between 0 and 1, as CoordConv has them."""
    batch, height, width, _ = ops.shape(x)
    rows = ops.arange(height, dtype="float32") / ops.cast(height, "float32")
    columns = ops.arange(width, dtype="float32") / ops.cast(width, "float32")
    rows = ops.broadcast_to(rows[None, :, None, None], (batch, height, width, 1))
    columns = ops.broadcast_to(columns[None, None, :, None], (batch, height, width, 1))
    return ops.concatenate([x, rows, columns], axis=-1)


def gram_matrix(x: Any) -> Any:
    """Correlations of channels, as style transfer has them."""
    height, width = height_and_width(x)
    pixels = ops.reshape(x, (-1, height * width, x.shape[-1]))
    products = ops.matmul(ops.transpose(pixels, (0, 2, 1)), pixels)
    return products / ops.cast(height * width, "float32")


def instance_norm(x: Any) -> Any:
    mean, variance = ops.moments(x, axes=(1, 2), keepdims=True)
    return (x - mean) / ops.sqrt(variance + 1e-3)


def spatial_attention(x: Any) -> Any:
    """A softmax over all pixels."""
    scores = layers.Reshape((-1,))(layers.Conv2D(1, 1)(x))
    weights = layers.Reshape((-1, 1))(layers.Softmax()(scores))
    return layers.Dot(axes=1)([weights, layers.Reshape((-1, x.shape[-1]))(x)])


def squeeze_excite(x: Any) -> Any:
    gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
    gate = layers.Conv2D(4, 1, activation="relu")(gate)
    return layers.Multiply()([x, layers.Conv2D(x.shape[-1], 1, activation="sigmoid")(gate)])


def global_heads(x: Any) -> Any:
    return [
        layers.Dense(3)(layers.GlobalAveragePooling2D()(x)),
        layers.Dense(3)(layers.GlobalMaxPooling2D()(x)),
    ]


def pools(x: Any) -> Any:
    return [
        pool(size, strides=strides, padding=padding)(x)
        for pool in (layers.MaxPooling2D, layers.AveragePooling2D)
        for size, strides, padding in (
            (2, 2, "same"),
            (3, 2, "valid"),
            (3, 2, "same"),
            (3, 1, "same"),
        )
    ]


def patch_tokens(x: Any) -> Any:
    """A vision transformer's tokens, on a grid of any size."""
    x = layers.Conv2D(8, 4, strides=4)(x)
    x = layers.Reshape((-1, 8))(x)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 4)(x, x))
    return layers.Dense(3)(layers.GlobalAveragePooling1D()(x))


def extracted_patches(x: Any) -> Any:
    return ops.image.extract_patches(x, size=4, strides=3, padding="valid")


def local_contrast(x: Any) -> Any:
    """The difference from a local mean that leaves the padding out."""
    return layers.Subtract()([x, layers.AveragePooling2D(5, strides=1, padding="same")(x)])


def residual(x: Any) -> Any:
    y = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    y = layers.BatchNormalization()(layers.Conv2D(8, 3, strides=2, padding="same")(y))
    return layers.Add()([y, layers.Conv2D(8, 1, strides=2, padding="same")(x)])


def channels_first(x: Any) -> Any:
    y = layers.Permute((3, 1, 2))(x)
    y = Computed(lambda z: (z - ops.mean(z, axis=(2, 3), keepdims=True)) * 2.0)(y)
    return layers.Conv2D(4, 3, padding="same")(layers.Permute((2, 3, 1))(y))


def three_dimensions() -> Any:
    volume = keras.Input((None, None, None, 2), name="volume")
    x = layers.Conv3D(4, 3, padding="same", activation="relu")(volume)
    x = layers.Conv3D(4, 3, strides=2, padding="same")(x)
    return keras.Model(volume, [x, layers.GlobalAveragePooling3D()(x)])


def one_image() -> Any:
    """A model of one image at a time."""
    image = keras.Input(batch_shape=(1, None, None, 3), name="image")
    return keras.Model(image, layers.Conv2D(4, 3, strides=2, padding="same")(image))


def one_side() -> Any:
    """Lines of text: a fixed height, any width."""
    image = keras.Input((16, None, 1), name="line")
    x = layers.Conv2D(6, 3, padding="same", activation="relu")(image)
    x = layers.MaxPooling2D((2, 2))(x)
    x = layers.Permute((2, 1, 3))(x)
    x = layers.Reshape((-1, 8 * 6))(x)
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    return keras.Model(image, layers.Dense(5, activation="softmax")(x))


def bytes_resized() -> Any:
    """What a camera gives, brought to the size that a network takes."""
    image = keras.Input((None, None, 3), dtype="uint8", name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(layers.Resizing(24, 24)(image))
    return keras.Model(image, layers.Conv2D(4, 3, strides=2)(x))


def video() -> Any:
    frames = keras.Input((None, 12, 12, 3), name="frames")
    x = layers.TimeDistributed(layers.Conv2D(4, 3, strides=2, activation="relu"))(frames)
    x = layers.TimeDistributed(layers.GlobalAveragePooling2D())(x)
    return keras.Model(frames, layers.GRU(5)(x))


def video_memory() -> Any:
    frames = keras.Input((None, 8, 8, 2), name="frames")
    x = layers.ConvLSTM2D(3, 3, padding="same", return_sequences=True)(frames)
    return keras.Model(frames, x)


def subclassed() -> Any:
    model_class: Any = keras.Model

    class Features(model_class):  # type: ignore[misc]  # keras has no type stubs
        def __init__(self) -> None:
            super().__init__(name="features")
            self.stem = layers.Conv2D(6, 5, strides=2, padding="same", activation="relu")
            self.head = layers.Dense(4)

        def call(self, image: Any) -> Any:
            features = self.stem(image)
            return features, self.head(ops.mean(features, axis=(1, 2)))

    model = Features()
    model(ops.zeros((1, 16, 16, 3)))
    return model


def any_image() -> Any:
    return [keras.InputSpec(shape=(None, None, None, 3), dtype="float32")]


WIDE: tuple[Shapes, ...] = (((1, 101, 143, 3),), ((2, 64, 75, 3),))
EVEN: tuple[Shapes, ...] = (((1, 36, 52, 3),), ((3, 64, 44, 3),))

IMAGES = (
    row("image-correct-pad", *[correct_pad] * 4),
    row("image-same-strides", *[convolution(6, 3, strides=2, padding="same")] * 4),
    row("image-valid-strides", *[convolution(6, 3, strides=2)] * 3),
    row("image-stride-three", convolution(4, 5, strides=3, padding="same"), convolution(4, 2)),
    row("image-padding-of-one", new(layers.ZeroPadding2D, 1), convolution(4, 3, strides=2)),
    row(
        "image-dilated",
        convolution(4, 3, dilation_rate=2, padding="same"),
        convolution(4, 3, dilation_rate=3),
    ),
    row(
        "image-depthwise", new(layers.DepthwiseConv2D, 3, strides=2, padding="same"), squeeze_excite
    ),
    row("image-separable", new(layers.SeparableConv2D, 5, 3, padding="same"), new(layers.ReLU)),
    row("image-padded-to-eight", new(Computed, padded_to_eight), convolution(4, 8, strides=8)),
    row("image-padded-by-tensorflow", new(Computed, padded_by_tensorflow)),
    row("image-pools", convolution(4, 3, padding="same"), pools),
    row("image-global-heads", convolution(4, 3), squeeze_excite, global_heads),
    row("image-center-crop", new(Computed, middle), convolution(4, 3), runs_at=WIDE, largest=160),
    row("image-cropped", new(layers.Cropping2D, ((1, 2), (3, 1))), convolution(4, 3)),
    row("image-halves", new(Computed, swapped_halves)),
    row("image-mirrored", new(Computed, lambda x: x[:, :, ::-1] + ops.flip(x, axis=1))),
    row(
        "image-reflected",
        new(Computed, lambda x: ops.pad(x, ((0, 0), (3, 3), (3, 3), (0, 0)), "reflect")),
    ),
    row("image-upsampled-nearest", convolution(4, 3, strides=2), new(layers.UpSampling2D, 2)),
    row("image-upsampled-bilinear", new(layers.UpSampling2D, 2, interpolation="bilinear")),
    row(
        "image-transposed",
        convolution(4, 3, strides=2, padding="same"),
        new(layers.Conv2DTranspose, 4, 3, strides=2, padding="same"),
        new(layers.Conv2DTranspose, 3, 4, strides=2),
    ),
    row("image-resized", new(Computed, lambda x: ops.image.resize(x, (20, 24))), convolution(4, 3)),
    row("image-pixel-shuffle", convolution(8, 3, padding="same"), new(Computed, depth_to_space)),
    row("image-space-to-depth", new(Computed, space_to_depth), convolution(4, 3), runs_at=EVEN),
    row("image-group-norm", convolution(8, 3, padding="same"), new(layers.GroupNormalization, 4)),
    row("image-instance-norm", convolution(4, 3), new(Computed, instance_norm)),
    row("image-coordinates", new(Computed, coordinates), convolution(4, 3, padding="same")),
    row("image-gram-matrix", convolution(4, 3), new(Computed, gram_matrix)),
    row("image-spatial-attention", convolution(4, 3, padding="same"), spatial_attention),
    row("image-patch-tokens", patch_tokens),
    row("image-extracted-patches", new(Computed, extracted_patches)),
    row("image-local-contrast", local_contrast),
    row("image-residual", residual, residual),
    row("image-channels-first", channels_first),
    DynamicCase("image-one-at-a-time", one_image, (((1, 37, 53, 3),),)),
    DynamicCase("image-line-of-text", one_side, (((1, 16, 53, 1),), ((2, 16, 30, 1),))),
    DynamicCase(
        "image-bytes-resized",
        bytes_resized,
        (((1, 37, 53, 3),), ((2, 16, 61, 3),)),
        integers_below=256,
    ),
    DynamicCase(
        "image-volume", three_dimensions, (((1, 7, 11, 9, 2),), ((2, 8, 5, 13, 2),)), largest=24
    ),
    DynamicCase("image-video", video, (((1, 5, 12, 12, 3),), ((2, 9, 12, 12, 3),)), largest=40),
    DynamicCase(
        "image-video-memory", video_memory, (((1, 5, 8, 8, 2),), ((2, 9, 8, 8, 2),)), largest=30
    ),
    DynamicCase("image-subclassed", subclassed, USUAL, signature=any_image),
)
