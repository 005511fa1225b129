package bucketcfg_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// FuzzDocuments: whatever comes, a reader says what it is or refuses it with a
// code of its own.
func FuzzDocuments(f *testing.F) {
	for _, sample := range []string{taggingSample, lifecycleSample, refererSample, strictSample} {
		f.Add([]byte(sample))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, check := range []func([]byte) *coserr.Error{
			checkTagging, bucketcfg.CheckLifecycle, checkReferer, checkStrict,
		} {
			if err := check(doc); err != nil {
				require.Contains(t, []coserr.Code{
					coserr.MalformedXML, coserr.InvalidTag, coserr.InvalidArgument,
				}, err.Code)
			}
		}
		if tags, err := bucketcfg.ParseTagging(doc, 10); err == nil {
			require.LessOrEqual(t, len(tags), 10)
		}
		if tags, err := bucketcfg.ParseTagList(string(doc), 10); err == nil {
			require.LessOrEqual(t, len(tags), 10)
		}
		if status, err := bucketcfg.ParseVersioning(doc); err == nil {
			require.Contains(t, []string{bucketcfg.VersioningEnabled, bucketcfg.VersioningSuspended}, status)
		}
		if list, err := bucketcfg.ParseReferer(doc); err == nil {
			list.Enabled = true
			require.Equal(t, list.AllowEmpty, list.Allows(""))
			for _, d := range list.Domains {
				if !strings.Contains(d, "*") && !strings.Contains(d, "://") {
					require.Equal(t, list.White, list.Allows("http://"+d), "an entry fits itself")
				}
			}
		}
	})
}
