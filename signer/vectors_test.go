package signer_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/testdata/vectors"
)

// vector is a case of testdata/vectors, and what tests here do with one.
type vector struct{ vectors.Case }

type vectorFile struct {
	SDK   string
	Cases []vector
}

func loadVectors(tb testing.TB) []vectorFile {
	tb.Helper()
	loaded, err := vectors.Load()
	require.NoError(tb, err)
	require.Len(tb, loaded, 12, "one file an SDK")
	files := make([]vectorFile, len(loaded))
	for i, f := range loaded {
		files[i].SDK = f.SDK
		for _, c := range f.Cases {
			files[i].Cases = append(files[i].Cases, vector{c})
		}
	}
	return files
}

func (v *vector) request(tb testing.TB) *signer.Request {
	tb.Helper()
	req, err := signer.NewRequest(v.Method, v.WireURL(), v.Header())
	require.NoError(tb, err)
	return req
}

func TestVectors(t *testing.T) {
	for _, f := range loadVectors(t) {
		t.Run(f.SDK, func(t *testing.T) {
			holds := 0
			for _, v := range f.Cases {
				req := v.request(t)
				c, ok := signer.ParseClaim(req)
				require.True(t, ok, v.ID)
				require.Equal(t, v.SecretID, c.SecretID, v.ID)
				require.Equal(t, v.Token, c.Token, v.ID)

				for _, at := range []int64{v.ValidFrom, (v.ValidFrom + v.ValidUntil) / 2, v.ValidUntil} {
					require.NoError(t, c.CheckTime(time.Unix(at, 0)), "%s at %d", v.ID, at)
				}
				require.Error(t, c.CheckTime(time.Unix(v.ValidUntil+1, 0)), v.ID)

				res := signer.Verify(req, c, v.SecretKey, signer.VerifyOptions{})
				require.Equal(t, v.Holds, res.OK, "%s: %s", v.ID, res.HttpString)
				if res.OK {
					holds++
				}
			}
			require.NotZero(t, holds)
		})
	}
}
