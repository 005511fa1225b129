package cosemutest

import (
	"slices"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/identity"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
)

// Rights limit a temporary key. [Upload] and [Policy] make them. A temporary key never has more
// rights than the key pair that it is issued to.
type Rights struct {
	grant    sts.Grant
	document string
}

// Upload returns the right to upload objects, each in one request, whose keys have this prefix:
// "photos/", or "photos/*" as in policies. The methods of Rights add limits and rights.
func Upload(prefix string) Rights { return Rights{grant: sts.Grant{Prefix: prefix}} }

// AtMost limits the size of an object, or of each part, in bytes.
func (r Rights) AtMost(size int64) Rights {
	r.grant.MaxBytes = size
	return r
}

// Types limits the Content-Type of an object to these, such as "image/png" or "image/*".
func (r Rights) Types(kinds ...string) Rights {
	r.grant.ContentTypes = slices.Concat(r.grant.ContentTypes, kinds)
	return r
}

// InParts also allows multipart uploads.
func (r Rights) InParts() Rights {
	r.grant.Parts = true
	return r
}

// AndRead also allows downloads of these objects.
func (r Rights) AndRead() Rights {
	r.grant.Read = true
	return r
}

// Policy returns the rights of a policy document, the JSON that a server sends to STS.
func Policy(document string) Rights { return Rights{document: document} }

// TemporaryKey issues a temporary key to the key pair in Credentials, and returns a view that signs
// with the temporary key. Its Credentials are what the code under test gets from STS. The key is
// valid from the emulator's time on, for whole seconds and at most 36 hours.
//
//	browser := cos.TemporaryKey(cosemutest.Upload("photos/*").AtMost(10<<20).Types("image/*"), 15*time.Minute)
func (s *Server) TemporaryKey(rights Rights, validity time.Duration) *Server {
	s.tb.Helper()
	document := []byte(rights.document)
	if rights.document == "" {
		grant := rights.grant
		grant.Bucket, grant.Region = s.Bucket, s.Region
		document = grant.Policy()
	}
	if validity <= 0 {
		s.fail("TemporaryKey: the validity must be positive, not %s", validity)
	}
	k, err := s.run.emulator.TemporaryKey(identity.TemporaryKeyRequest{
		SecretID: s.Credentials.SecretID, Policy: document, Lives: validity, Name: "cosemutest",
	})
	if err != nil {
		s.fail("TemporaryKey: %v", err)
	}
	return s.As(credentials(&k))
}
