package bucketcfg_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
)

// A LocationConstraint is S3's: COS has no such element.
func TestLocationConstraint(t *testing.T) {
	const doc = `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>us-east-1</LocationConstraint></CreateBucketConfiguration>`
	made, err := bucketcfg.ParseCreation([]byte(doc), true)
	require.Nil(t, err)
	require.Equal(t, &bucketcfg.Creation{}, made)
	_, err = bucketcfg.ParseCreation([]byte(doc), false)
	require.NotNil(t, err)
	_, err = bucketcfg.ParseCreation([]byte(`<CreateBucketConfiguration><Elsewhere/></CreateBucketConfiguration>`), true)
	require.NotNil(t, err)
}
