package signer_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// TestAWSDateInUTC: a Date that ends in UTC is signed and read as it came (choice 716); in another
// zone it cannot be read.
func TestAWSDateInUTC(t *testing.T) {
	for zone, want := range map[string]bool{"GMT": true, "UTC": true, "CST": false} {
		date := "Tue, 24 Nov 2026 08:00:00 " + zone
		req := received(http.MethodPut, awsHost, "/k", http.Header{
			"Authorization": {"AWS " + awsID + ":" + refAWS2(awsSecret, "PUT\n\n\n"+date+"\n/examplebucket-1250000000/k")}, "Date": {date},
		})
		c, err := signer.FindClaim(req)
		if !want {
			var refused *signer.ClaimError
			require.ErrorAs(t, err, &refused, zone)
			require.Equal(t, "Date", refused.Field)
			continue
		}
		require.NoError(t, err, zone)
		require.Equal(t, time.Date(2026, 11, 24, 8, 15, 0, 0, time.UTC).Unix(), c.SignTime.End)
		options := signer.VerifyOptions{Bucket: "examplebucket-1250000000"}
		require.True(t, signer.Verify(req, c, awsSecret, options).OK, zone)
		req.Header["Date"] = []string{"Tue, 24 Nov 2026 08:00:01 " + zone}
		require.False(t, signer.Verify(req, c, awsSecret, options).OK, zone)
	}
}
