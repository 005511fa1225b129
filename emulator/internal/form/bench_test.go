package form_test

import (
	"io"
	"strings"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/form"
)

// BenchmarkFile measures how fast a large file is read from its form.
func BenchmarkFile(b *testing.B) {
	const size = 16 << 20
	head := part("key", "k") + strings.TrimSuffix(filePart("file", "f", ""), "\r\n")
	b.SetBytes(size)
	for b.Loop() {
		f, refused := form.Read(plainType, io.MultiReader(strings.NewReader(head), io.LimitReader(endless{}, size), strings.NewReader("\r\n--b--")))
		if refused != nil {
			b.Fatal(refused)
		}
		if _, err := io.Copy(io.Discard, f.File); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSmall measures a whole small form with its policy.
func BenchmarkSmall(b *testing.B) {
	body := docForm("b", "photo.jpg", docFields())
	b.ReportAllocs()
	for b.Loop() {
		f, refused := form.Read(plainType, strings.NewReader(body))
		if refused != nil {
			b.Fatal(refused)
		}
		if _, err := io.Copy(io.Discard, f.File); err != nil {
			b.Fatal(err)
		}
	}
}
