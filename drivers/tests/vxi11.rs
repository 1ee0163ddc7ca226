//! VXI-11 on the loopback interface, against a server that follows a script. What it says and
//! expects is the specification's, not what the client happens to send.
#![expect(clippy::unwrap_used, reason = "what fails here is the test's own setting up")]

use std::time::Duration;

use pogo_drivers::Network;
use pogo_hal::{Deadline, Dial, ErrorKind, Resource, Result, Session};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const MS: Duration = Duration::from_millis(1);
const SOON: Duration = Duration::from_secs(5);

/// What a link is known by, and what its server takes in one call.
const LINK: u32 = 0x77;
const PIECE: u32 = 1024;

/// A call as it was heard: its number, program, procedure and arguments. Source: RFC 5531, 9.
struct Call {
    number: u32,
    program: u32,
    procedure: u32,
    arguments: Vec<u8>,
}

impl Call {
    /// The argument at `place`, each being 4 bytes long.
    fn argument(&self, place: usize) -> u32 {
        u32::from_be_bytes(self.arguments[4 * place..][..4].try_into().unwrap())
    }

    /// Bytes at `place`, behind their length.
    fn bytes(&self, place: usize) -> &[u8] {
        &self.arguments[4 * place + 4..][..self.argument(place) as usize]
    }
}

/// A client that does not say what is waited for fails its test rather than hang it.
const PATIENCE: Duration = Duration::from_secs(20);

async fn hear(stream: &mut TcpStream) -> Call {
    let mut header = [0; 4];
    let heard = timeout(PATIENCE, stream.read_exact(&mut header)).await;
    heard.expect("something is said").unwrap();
    let header = u32::from_be_bytes(header);
    assert_ne!(header & 1 << 31, 0, "a call is one fragment");
    let mut record = vec![0; (header & !(1 << 31)) as usize];
    stream.read_exact(&mut record).await.unwrap();
    let word = |place: usize| u32::from_be_bytes(record[4 * place..][..4].try_into().unwrap());
    // A call of RPC's version 2, without credentials and verifier.
    assert_eq!([1, 2, 6, 7, 8, 9].map(word), [0, 2, 0, 0, 0, 0]);
    assert_eq!(word(4), 1, "the program's version");
    Call { number: word(0), program: word(3), procedure: word(5), arguments: record[40..].to_vec() }
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|it| it.to_be_bytes()).collect()
}

/// `bytes` behind their length, filled up to a multiple of four.
fn opaque(bytes: &[u8]) -> Vec<u8> {
    let filling = vec![0; bytes.len().next_multiple_of(4) - bytes.len()];
    [words(&[bytes.len() as u32]), bytes.to_vec(), filling].concat()
}

/// A reply that was accepted, as a record.
fn reply(number: u32, results: &[u8]) -> Vec<u8> {
    let message = [words(&[number, 1, 0, 0, 0, 0]), results.to_vec()].concat();
    [words(&[message.len() as u32 | 1 << 31]), message].concat()
}

/// Hears a call of `procedure`, and lets `results` say what it ends with.
async fn serve(stream: &mut TcpStream, procedure: u32, results: Vec<u8>) -> Call {
    let call = hear(stream).await;
    assert_eq!(call.procedure, procedure);
    stream.write_all(&reply(call.number, &results)).await.unwrap();
    call
}

const CREATE_LINK: u32 = 10;
const WRITE: u32 = 11;
const READ: u32 = 12;
const READ_STATUS: u32 = 13;
const TRIGGER: u32 = 14;
const CLEAR: u32 = 15;
const DESTROY_LINK: u32 = 23;

async fn accept(listener: &TcpListener, abort_port: u32) -> TcpStream {
    let dialled = timeout(PATIENCE, listener.accept()).await;
    let (mut stream, _) = dialled.expect("a link is opened").unwrap();
    let link = words(&[0, LINK, abort_port, PIECE]);
    let call = serve(&mut stream, CREATE_LINK, link).await;
    assert_eq!(call.program, 0x0607AF);
    assert_eq!(call.argument(1), 0, "it takes no lock");
    assert_eq!(call.bytes(3), b"inst0");
    stream
}

async fn listen() -> (TcpListener, Resource) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, format!("TCPIP::127.0.0.1,{port}::inst0::INSTR").parse().unwrap())
}

async fn pair(abort_port: u32) -> (Box<dyn Session>, TcpStream, TcpListener) {
    let (listener, resource) = listen().await;
    let network = Network::default();
    let (session, server) =
        tokio::join!(network.dial(&resource, soon()), accept(&listener, abort_port));
    (session.unwrap(), server, listener)
}

fn soon() -> Deadline {
    Deadline::after(SOON)
}

async fn read(session: &mut Box<dyn Session>, patience: Duration) -> Result<Vec<u8>> {
    let mut response = b"stale".to_vec();
    session.read(&mut response, Deadline::after(patience)).await.map(|()| response)
}

/// What a read ends with: no error, why it is over, and what was read.
fn response(reason: u32, data: &[u8]) -> Vec<u8> {
    [words(&[0, reason]), opaque(data)].concat()
}

#[tokio::test]
async fn a_question_is_a_write_with_its_end_and_a_read_with_what_is_left_of_the_deadline() {
    let (mut session, mut server, _listener) = pair(0).await;
    let (written, call) = tokio::join!(
        session.write(b"*IDN?", Deadline::after(SOON)),
        serve(&mut server, WRITE, words(&[0, 6]))
    );
    written.unwrap();
    let [link, io_timeout, lock_timeout, flags] = [0, 1, 2, 3].map(|it| call.argument(it));
    assert_eq!((link, call.bytes(4)), (LINK, &b"*IDN?\n"[..]));
    // Source: VXI-11, B.5.3: 1 waits for a lock, 8 is the end of the message.
    assert_eq!(flags, 9);
    assert!((4000..=5000).contains(&io_timeout), "{io_timeout}");
    assert!((2000..=2500).contains(&lock_timeout), "{lock_timeout}");
    let (answer, call) =
        tokio::join!(read(&mut session, SOON), serve(&mut server, READ, response(4, b"who\n")));
    assert_eq!(answer.unwrap(), b"who");
    assert_eq!((call.argument(0), call.argument(1)), (LINK, PIECE));
    assert!((4000..=5000).contains(&call.argument(2)), "{}", call.argument(2));
    assert_eq!(call.argument(4), 1, "no termination character");
}

#[tokio::test]
async fn messages_and_responses_come_in_pieces_no_longer_than_is_taken() {
    let (mut session, mut server, _listener) = pair(0).await;
    let long = [b"DATA ".as_slice(), &[b'7'; 1500]].concat();
    let (written, ()) = tokio::join!(session.write(&long, soon()), async {
        let call = serve(&mut server, WRITE, words(&[0, 1000])).await;
        assert_eq!((call.argument(3), call.bytes(4)), (1, &long[..1024]), "no end yet");
        // It has taken 1000 of 1024, and is given the rest.
        let call = serve(&mut server, WRITE, words(&[0, 506])).await;
        assert_eq!(call.argument(3), 9);
        assert_eq!(call.bytes(4), [&long[1000..], b"\n"].concat());
    });
    written.unwrap();
    let (answer, ()) = tokio::join!(read(&mut session, SOON), async {
        serve(&mut server, READ, response(0, b"#15a\n")).await;
        serve(&mut server, READ, response(1, b"b\n")).await;
        serve(&mut server, READ, response(5, b"c\n")).await;
    });
    assert_eq!(answer.unwrap(), b"#15a\nb\nc");
}

#[tokio::test]
async fn a_reply_may_come_in_fragments_and_without_its_filling() {
    let (mut session, mut server, _listener) = pair(0).await;
    let (answer, ()) = tokio::join!(read(&mut session, SOON), async {
        let call = hear(&mut server).await;
        let whole = reply(call.number, &[&words(&[0, 4, 3])[..], b"who"].concat());
        let (first, second) = whole[4..].split_at(9);
        for (fragment, last) in [(first, 0), (&[][..], 0), (second, 1 << 31)] {
            let header = words(&[fragment.len() as u32 | last]);
            server.write_all(&[&header, fragment].concat()).await.unwrap();
        }
    });
    assert_eq!(answer.unwrap(), b"who");
}

#[tokio::test]
async fn a_status_byte_a_trigger_and_a_device_clear_are_calls_of_their_own() {
    let (mut session, mut server, _listener) = pair(0).await;
    let (status, call) = tokio::join!(
        session.status_byte(soon()),
        serve(&mut server, READ_STATUS, words(&[0, 0x44]))
    );
    assert_eq!(status.unwrap(), 0x44);
    // Source: VXI-11, C.1, `Device_GenericParms`: link, flags, lock timeout, I/O timeout.
    assert_eq!((call.argument(0), call.argument(1)), (LINK, 1));
    assert!(call.argument(2) < call.argument(3));
    let (triggered, _) =
        tokio::join!(session.trigger(soon()), serve(&mut server, TRIGGER, words(&[0])));
    triggered.unwrap();
    let (cleared, _) =
        tokio::join!(session.device_clear(soon()), serve(&mut server, CLEAR, words(&[0])));
    cleared.unwrap();
    let (odd, _) = tokio::join!(
        session.status_byte(soon()),
        serve(&mut server, READ_STATUS, words(&[0, 0x144]))
    );
    assert_eq!(odd.unwrap_err().kind(), ErrorKind::Garbled);
}

#[tokio::test]
async fn a_read_that_outlives_its_deadline_is_aborted_and_its_response_never_taken() {
    let aborts = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let abort_port = aborts.local_addr().unwrap().port();
    let (mut session, mut server, _listener) = pair(abort_port.into()).await;
    assert_eq!(read(&mut session, MS).await.unwrap_err().kind(), ErrorKind::Timeout);
    let (written, ()) = tokio::join!(session.write(b"next?", soon()), async {
        let abandoned = hear(&mut server).await;
        let dialled = timeout(PATIENCE, aborts.accept()).await;
        let (mut channel, _) = dialled.expect("it is aborted").unwrap();
        // The call has not come through yet: the abort is said again.
        for _ in 0..2 {
            let call = serve(&mut channel, 1, words(&[0])).await;
            assert_eq!((call.program, call.argument(0)), (0x0607B0, LINK));
        }
        let late = reply(abandoned.number, &response(4, b"late\n"));
        server.write_all(&late).await.unwrap();
        serve(&mut server, WRITE, words(&[0, 6])).await;
    });
    written.unwrap();
    let (answer, _) =
        tokio::join!(read(&mut session, SOON), serve(&mut server, READ, response(4, b"next\n")));
    assert_eq!(answer.unwrap(), b"next");
}

#[tokio::test]
async fn half_a_message_is_spoilt_before_anything_else_is_said() {
    let (mut session, mut server, _listener) = pair(0).await;
    let long = [b"VOLT 4.".as_slice(), &[b'0'; 1500]].concat();
    let (written, _) =
        tokio::join!(session.write(&long, soon()), serve(&mut server, WRITE, words(&[15, 0])));
    assert_eq!(written.unwrap_err().kind(), ErrorKind::Timeout);
    let (written, call) = tokio::join!(
        session.write(b"OUTP OFF", soon()),
        serve(&mut server, WRITE, words(&[0, 12]))
    );
    written.unwrap();
    assert_eq!(call.bytes(4), b"@@\nOUTP OFF\n");
    let (written, call) =
        tokio::join!(session.write(b"*CLS", soon()), serve(&mut server, WRITE, words(&[0, 5])));
    written.unwrap();
    assert_eq!(call.bytes(4), b"*CLS\n");
}

#[tokio::test]
async fn to_recover_is_to_clear_and_to_open_another_link_only_where_that_fails() {
    let (mut session, mut server, listener) = pair(0).await;
    let (recovered, _) =
        tokio::join!(session.recover(soon()), serve(&mut server, CLEAR, words(&[0])));
    recovered.unwrap();
    // A server that does not answer.
    let (recovered, mut fresh) =
        tokio::join!(session.recover(Deadline::after(400 * MS)), accept(&listener, 0));
    recovered.unwrap();
    // The old connection was shut down in order, not reset: all that was said on it is there.
    assert_eq!(hear(&mut server).await.procedure, CLEAR);
    assert_eq!(server.read(&mut [0; 4]).await.unwrap(), 0);
    let (written, call) =
        tokio::join!(session.write(b"*CLS", soon()), serve(&mut fresh, WRITE, words(&[0, 5])));
    written.unwrap();
    assert_eq!(call.bytes(4), b"*CLS\n");
    // A server that has gone.
    drop((fresh, server));
    let (recovered, _again) = tokio::join!(session.recover(soon()), accept(&listener, 0));
    recovered.unwrap();
}

#[tokio::test]
async fn a_link_that_is_done_with_is_destroyed_unless_a_call_is_still_open() {
    let (session, mut server, _listener) = pair(0).await;
    // It waits for the answer: to close before would reset the connection.
    let dropped = tokio::task::spawn_blocking(|| drop(session));
    let call = serve(&mut server, DESTROY_LINK, words(&[0])).await;
    assert_eq!(call.argument(0), LINK);
    assert_eq!(server.read(&mut [0; 4]).await.unwrap(), 0);
    dropped.await.unwrap();
    // But not for long.
    let (session, _server, _listener) = pair(0).await;
    let began = tokio::time::Instant::now();
    drop(session);
    assert!(began.elapsed() < 2 * 100 * MS, "{:?}", began.elapsed());
    let (mut session, mut server, _listener) = pair(0).await;
    read(&mut session, MS).await.unwrap_err();
    drop(session);
    assert_eq!(hear(&mut server).await.procedure, READ);
    assert_eq!(server.read(&mut [0; 4]).await.unwrap(), 0);
}

#[tokio::test]
async fn what_a_call_ends_with_is_said_by_its_number_and_its_name() {
    for (code, kind, said) in [
        (3, ErrorKind::Unreachable, "error 3, device not accessible"),
        (4, ErrorKind::Unreachable, "error 4, invalid link identifier"),
        (5, ErrorKind::Refused, "error 5, parameter error"),
        (8, ErrorKind::Unsupported, "error 8, operation not supported"),
        (11, ErrorKind::Unreachable, "error 11, device locked by another link"),
        (15, ErrorKind::Timeout, "error 15, I/O timeout"),
        (17, ErrorKind::Unreachable, "error 17, I/O error"),
        (99, ErrorKind::Refused, "error 99, an error that VXI-11 does not know"),
    ] {
        let (mut session, mut server, _listener) = pair(0).await;
        let results = [words(&[code, 0]), opaque(b"")].concat();
        let (answer, _) = tokio::join!(read(&mut session, SOON), serve(&mut server, READ, results));
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains(said), "{error}");
        assert!(error.message().contains("VXI-11 at 127.0.0.1:"), "{error}");
    }
    let (listener, resource) = listen().await;
    let network = Network::default();
    let (refused, _) = tokio::join!(network.dial(&resource, soon()), async {
        let (mut stream, _) = listener.accept().await.unwrap();
        serve(&mut stream, CREATE_LINK, words(&[3, 0, 0, 0])).await
    });
    let error = refused.err().unwrap();
    assert!(error.message().starts_with("`inst0`: VXI-11 at 127.0.0.1:"), "{error}");
    assert!(error.hint().unwrap().contains("inst0"), "{error}");
}

#[tokio::test]
async fn what_is_no_reply_is_garbled_or_in_vain_within_the_deadline() {
    let head = |words_of: &[u32]| {
        let message = words(words_of);
        [words(&[message.len() as u32 | 1 << 31]), message].concat()
    };
    // The number of the call is 2: a link was created before.
    for (bytes, kind, said) in [
        (b"HTTP/1.1 400 Bad Request\r\n".to_vec(), ErrorKind::Garbled, "a record of"),
        (words(&[0xFFFF_FFFF]), ErrorKind::Garbled, "a record of 2147483647 bytes"),
        (head(&[2, 0]), ErrorKind::Garbled, "no reply"),
        (head(&[3, 1, 0, 0, 0, 0]), ErrorKind::Garbled, "nobody has made"),
        (head(&[1, 1, 0, 0, 0, 0]), ErrorKind::Garbled, "nobody has made"),
        (head(&[2, 1, 0, 0]), ErrorKind::Garbled, "makes no sense"),
        (head(&[2, 1, 0, 0, 0, 0, 0]), ErrorKind::Garbled, "makes no sense"),
        (head(&[2, 1, 0, 0, 0, 0, 0, 4, 99]), ErrorKind::Garbled, "makes no sense"),
        (head(&[2, 1, 0, 0, 0, 0, 0, 0, 0]), ErrorKind::Garbled, "did not say why"),
        (head(&[2, 1, 0, 0, 0, 3]), ErrorKind::Unsupported, "no such procedure"),
        (head(&[2, 1, 1, 1, 1]), ErrorKind::Unsupported, "denied"),
        (reply(2, &response(4, b"half"))[..24].to_vec(), ErrorKind::Timeout, "in time"),
        (vec![], ErrorKind::Timeout, "in time"),
    ] {
        let (mut session, mut server, _listener) = pair(0).await;
        server.write_all(&bytes).await.unwrap();
        let error = read(&mut session, 100 * MS).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains(said), "{error}");
        assert!(error.message().contains("VXI-11 at 127.0.0.1:"), "{error}");
    }
    let (mut session, server, _listener) = pair(0).await;
    drop(server);
    let error = read(&mut session, SOON).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.message().contains("VXI-11 at 127.0.0.1:"), "{error}");
}

#[tokio::test]
async fn an_endless_response_is_garbled_and_not_kept() {
    let (mut session, mut server, _listener) = pair(0).await;
    let flood = tokio::spawn(async move {
        let piece = response(0, &[b'x'; 65536]);
        loop {
            let call = hear(&mut server).await;
            if server.write_all(&reply(call.number, &piece)).await.is_err() {
                return;
            }
        }
    });
    let error = read(&mut session, Duration::from_secs(30)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Garbled);
    assert!(error.message().contains("a response of more than"), "{error}");
    flood.abort();
}
