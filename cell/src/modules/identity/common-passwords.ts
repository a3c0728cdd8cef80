/**
 * The passwords that attackers try first, of eight characters and more (shorter ones are refused by
 * their length), in lower case. From the lists of leaked passwords that everybody publishes.
 */
const LIST = `
password passw0rd p@ssword p@ssw0rd pa$$word pa55word password1 password12 password123 password1234
password! password1! passwort passwort1 passwort123 motdepasse motdepasse1 azertyuiop contraseña
contrasena contraseña1 senha123 senha1234 wachtwoord hasło123 parola123 12345678 123456789 1234567890
0123456789 0987654321 987654321 87654321 9876543210 11111111 111111111 1111111111 00000000 000000000
22222222 33333333 44444444 55555555 66666666 77777777 88888888 99999999 12121212 123123123 12341234
11223344 1122334455 112233445566 10203040 147258369 159753456 123654789 741852963 789456123 12344321
1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 zaq12wsx qwertyui qwertyuiop
qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 1234qwer 12345qwert 123qweasd qweasdzxc
qwe123qwe asdfghjk asdfghjkl asdf1234 zxcvbnm1 zxcvbnm123 qazwsxedc qazwsx123 q1w2e3r4 q1w2e3r4t5
abcd1234 abcdefgh abcdefghi abc12345 abc123456 abcd12345 a1234567 a12345678 a123456789 aa123456
aa12345678 aaaaaaaa aaaaaaaaaa abcabcabc 123456abc 12345678a 123456789a 1234abcd 123abc123 iloveyou
iloveyou1 iloveyou2 iloveyou! ilovegod iloveme1 lovelove loveyou1 mylove123 princess princess1
sunshine sunshine1 football football1 baseball baseball1 basketball superman superman1 batman123
spiderman starwars starwars1 pokemon1 pokemon123 trustno1 welcome1 welcome123 welcome1! letmein1
letmein123 letmeinnow whatever whatever1 michael1 michelle jennifer jessica1 jordan23 charlie1
computer computer1 internet internet1 samsung1 samsung123 liverpool liverpool1 chelsea1 arsenal1
barcelona realmadrid juventus manchester champion master123 monkey123 dragon123 shadow123 hunter123
killer123 freedom1 lovely123 corvette mercedes mustang1 maverick midnight mountain elephant dolphins
butterfly chocolate strawberry cheeseburger blink182 metallica nirvana1 rockstar1 qwertyqwerty
admin123 admin1234 admin12345 administrator rootroot root1234 test1234 testtest test12345 testing123
guest123 user1234 demo1234 changeme changeme1 changeme123 default1 secret123 mypassword mypassword1
mypass123 newpassword temp1234 temppass123 hello123 hello1234 hellohello asshole1 fuckyou1 fuckyou2
fuckyou123 shithead bullshit motherfucker babygirl babygirl1 babyboy1 family123 jesus123 blessed1
angel123 andrea123 daniel123 anthony1 alexander alexandra stephanie elizabeth christopher nicholas
victoria patricia 1password summer2023 summer2024 summer2025 winter2023 winter2024 winter2025
spring2024 spring2025 autumn2024 sommer2024 sommer2025 hallo123 hallo1234 schatz123 geheim123
ichliebedich jetaime1 doudou123 marseille bonjour1 teamo123 tequiero contrasenia amorcito estrella
woaini1314 woaini520 5201314520 1234567a 12qwaszx zxc123456 zxcv1234 poiuytrewq mnbvcxz1 asd123456
asdasdasd qweqweqwe qwerasdf qwerasdfzxcv 1a2b3c4d a1b2c3d4 a1b2c3d4e5 1234567891 12345678910
123456123456 147852369 142536475869 102030405060 31415926 314159265 19871987 19901990 20002000
`;

/** Lower-case passwords that sign-up refuses. */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(LIST.trim().split(/\s+/));
