package form_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/form"
)

// limited applies a policy to a file.
func limited(t *testing.T, file io.Reader, conditions ...string) io.Reader {
	t.Helper()
	p, refused := form.ParsePolicy(policy(document(conditions...)))
	require.Nil(t, refused)
	return (&form.Auth{Policy: p}).LimitSize(file)
}

func TestLimitSize(t *testing.T) {
	tests := []struct {
		conditions []string
		size       int
		code       coserr.Code // empty: accepted
	}{
		{nil, 1000, ""},
		{[]string{`["content-length-range",0,10]`}, 0, ""},
		{[]string{`["content-length-range",1,10]`}, 0, coserr.EntityTooSmall},
		{[]string{`["content-length-range",1,10]`}, 1, ""},
		{[]string{`["content-length-range",1,10]`}, 10, ""},
		{[]string{`["content-length-range",1,10]`}, 11, coserr.EntityTooLarge},
		{[]string{`["content-length-range",1,10]`}, 1000, coserr.EntityTooLarge},
		{[]string{`["content-length-range",0,0]`}, 0, ""},
		{[]string{`["content-length-range",0,0]`}, 1, coserr.EntityTooLarge},
		{[]string{`["content-length-range",5,9223372036854775807]`}, 4, coserr.EntityTooSmall},
		{[]string{`["content-length-range",5,9223372036854775807]`}, 5, ""},
		{[]string{`["content-length-range",1,10]`, `["content-length-range",5,20]`}, 4, coserr.EntityTooSmall},
		{[]string{`["content-length-range",1,10]`, `["content-length-range",5,20]`}, 5, ""},
		{[]string{`["content-length-range",1,10]`, `["content-length-range",5,20]`}, 11, coserr.EntityTooLarge},
		{[]string{`["content-length-range",10,1]`}, 1, coserr.EntityTooSmall},
		{[]string{`["content-length-range",10,1]`}, 10, coserr.EntityTooLarge},
	}
	for _, tt := range tests {
		data := strings.Repeat("x", tt.size)
		for how, src := range map[string]io.Reader{
			"at once":      strings.NewReader(data),
			"byte by byte": iotest.OneByteReader(strings.NewReader(data)),
			"with its end": iotest.DataErrReader(strings.NewReader(data)),
		} {
			r := limited(t, src, tt.conditions...)
			got, err := io.ReadAll(r)
			if tt.code == "" {
				require.NoError(t, err, how)
				require.Equal(t, data, string(got), how)
				continue
			}
			ce := answer(t, tt.code, err)
			require.Equal(t, "Condition key content-length-range doesn't match the value ", ce.Message)
			_, again := r.Read(make([]byte, 1))
			require.Same(t, err, again)
		}
	}
}

// TestLimitSizeStopsAtOnce: a file that is too large is refused at the first byte beyond the
// maximum.
func TestLimitSizeStopsAtOnce(t *testing.T) {
	src := &counter{src: endless{}}
	got, err := io.ReadAll(limited(t, src, `["content-length-range",1,100000]`))
	requireCode(t, coserr.EntityTooLarge, err)
	require.Len(t, got, 100000)
	require.Equal(t, 100001, src.n)
}

type counter struct {
	src io.Reader
	n   int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.src.Read(p)
	c.n += n
	return n, err
}

func TestLimitSizeKeepsErrors(t *testing.T) {
	broken := errors.New("broken")
	src := io.MultiReader(strings.NewReader("x"), iotest.ErrReader(broken))
	_, err := io.ReadAll(limited(t, src, `["content-length-range",5,10]`))
	require.ErrorIs(t, err, broken)

	plain := strings.NewReader("x")
	require.Same(t, plain, limited(t, plain))
	require.Same(t, plain, (&form.Auth{}).LimitSize(plain))
}
